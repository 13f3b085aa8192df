"""UE and HA endpoints with real cryptography: an encoder of its own, written from the RFCs, that reads nothing."""
