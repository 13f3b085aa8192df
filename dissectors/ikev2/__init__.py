"""IKEv2 (RFC 7296): header, payloads, protection and key derivation."""
