"""ICMPv6 neighbour discovery (RFC 4861) and Home Agent and prefix discovery of Mobile IPv6 (RFC 6275).

:func:`dissectors.icmp.decode_icmpv6` gives these messages, ``text.describe_icmpv6`` puts them into a line.
"""
