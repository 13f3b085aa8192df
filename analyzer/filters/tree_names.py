"""Wireshark's names for the field tree's: parts by their name, fields by the part they are in."""

from __future__ import annotations

from analyzer.filters.fields_mobility import ACK_FLAGS, UPDATE_FLAGS

PARTS: dict[str, tuple[str, ...]] = {
    "frame": ("frame",),
    "ethernet": ("eth",),
    "ipv4": ("ip",),
    "ipv6": ("ipv6",),
    "udp": ("udp",),
    "tcp": ("tcp",),
    "icmp": ("icmp",),
    "icmpv6": ("icmpv6",),
    "ike": ("isakmp",),
    "esp": ("esp",),
    "keepalive": ("udpencap.nat_keepalive",),
    "mobility_header": ("mipv6",),
    "dhcpv6": ("dhcpv6",),
    "dhcp": ("dhcp",),
    "dns": ("dns",),
    "routing_header": ("ipv6.routing",),
    "destination_options": ("ipv6.dstopts",),
    "hop_by_hop_options": ("ipv6.hopopts",),
    "fragment_header": ("ipv6.fraghdr",),
}
INSIDE = frozenset({"option", "sub_option", "attribute", "value", "payload", "payloads", "notification_data"})
"""Parts that are looked through: what is not named in them may be named in the part around."""

_IP = {"ds_field": "dsfield", "total_length": "len", "identification": "id", "fragment_offset": "frag_offset",
       "ttl": "ttl", "protocol": "proto", "checksum": "checksum", "source": "src", "destination": "dst"}  # fmt: skip
_IPV6 = {"payload_length": "plen", "next_header": "nxt", "hop_limit": "hlim", "source": "src",
         "destination": "dst"}  # fmt: skip
_PORTS = {"source_port": "srcport", "destination_port": "dstport", "length": "length", "checksum": "checksum"}
_IKE = {"initiator_spi": "ispi", "responder_spi": "rspi", "version": "version", "exchange_type": "exchangetype",
        "flags": "flags", "message_id": "messageid", "length": "length", "payload": "typepayload"}  # fmt: skip
_PAYLOAD = {
    "critical": ("isakmp.criticalpayload",),
    "key_exchange_method": ("isakmp.key_exchange.dh_group",),
    "key_exchange_data": ("isakmp.key_exchange.data",),
    "nonce_data": ("isakmp.nonce",),
    "notify_message_type": ("isakmp.notify.msgtype",),
    "notification_data": ("isakmp.notify.data",),
    "protocol_id": ("isakmp.notify.protoid", "isakmp.delete.protoid"),
    "spi": ("isakmp.delete.spi", "isakmp.spi"),
    "cert_encoding": ("isakmp.cert.encoding", "isakmp.certreq.type"),
    "id_type": ("isakmp.id.type",),
    "identification_data": (
        "isakmp.id.data.user_fqdn",
        "isakmp.id.data.fqdn",
        "isakmp.id.data.ipv4_addr",
        "isakmp.id.data.ipv6_addr",
        "isakmp.id.data.key_id",
    ),
    "auth_method": ("isakmp.auth.method",),
    "authentication_data": ("isakmp.auth.data",),
    "vendor_id": ("isakmp.vid_bytes",),
    "fragment_number": ("isakmp.frag.number",),
    "total_fragments": ("isakmp.frag.total",),
    "cfg_type": ("isakmp.cfg.type",),
    "code": ("eap.code",),
    "identifier": ("eap.id",),
    "length": ("eap.len",),
    "type": ("eap.type",),
    "subtype": ("eap.aka.subtype",),
    "identity": ("eap.identity",),
}
_OPTIONS = {
    "type": ("mip6.mobility_opt",),
    "care_of_address": ("mip6.acoa.acoa", "mip6.bi.coa_ipv4", "mip6.bi.coa_ipv6"),
    "refresh_interval": ("mip6.bra.interval",),
    "refresh_time": ("mip6.natd.refresh_t",),
    "address": ("mip6.ipv4ha.ha", "mip6.ipv4coa.addr"),
    "status": ("mip6.ipv4aa.sts", "mip6.bi.status", "mip6.flow.status"),
    "binding_id": ("mip6.bi.bid", "mip6.flow.bid"),
    "flow_id": ("mip6.flow.id",),
    "priority": ("mip6.flow.priority",),
    "identifier": ("mip6.mnid.identifier", "mip6.ss.identifier"),
}
_TRANSFORM = {
    "transform_type": ("isakmp.tf.type",),
    "transform_id": tuple(f"isakmp.tf.id.{name}" for name in ("encr", "prf", "integ", "dh", "esn")),
    "attribute_value": ("isakmp.ike2.attr.key_length",),
}
_SELECTOR = {"ts_type": ("type",), "ip_protocol_id": ("protoid",), "start_port": ("start_port",),
             "end_port": ("end_port",), "starting_address": ("start_ipv4", "start_ipv6"),
             "ending_address": ("end_ipv4", "end_ipv6")}  # fmt: skip


def _below(prefix: str, names: dict[str, str]) -> dict[str, tuple[str, ...]]:
    return {name: (f"{prefix}.{field}",) for name, field in names.items()}


BY_PART: dict[str, dict[str, tuple[str, ...]]] = {
    "ethernet": {"type": ("eth.type",)},
    "ipv4": _below("ip", _IP),
    "ipv6": _below("ipv6", _IPV6),
    "udp": _below("udp", _PORTS),
    "tcp": {name: (f"tcp.{field}",) for name, field in _PORTS.items() if field.endswith("port")},
    "routing_header": {
        "routing_type": ("ipv6.routing.type",),
        "segments_left": ("ipv6.routing.segleft",),
        "home_address": ("ipv6.routing.mipv6.home_address",),
    },
    "ike": _below("isakmp", _IKE),
    "payload": _PAYLOAD,
    "payloads": {"payload": ("isakmp.typepayload",)},
    "joined_fragments": {"payload": ("isakmp.typepayload",)},
    "proposal": {
        "proposal_num": ("isakmp.prop.number",),
        "protocol_id": ("isakmp.prop.protoid",),
        "num_transforms": ("isakmp.prop.transforms",),
        "spi": ("isakmp.spi",),
    },
    "transform": _TRANSFORM,
    "traffic_selector": {n: tuple(f"isakmp.ts.{f}" for f in fields) for n, fields in _SELECTOR.items()},
    "attribute": {
        "attribute_type": ("isakmp.cfg.attr.type",),
        "type": ("eap.aka.subtype.type",),
        "value": (
            "isakmp.cfg.attr.internal_ip4_address",
            "isakmp.cfg.attr.internal_ip4_dns",
            "isakmp.cfg.attr.internal_ip6_dns",
            "isakmp.cfg.attr.value",
            "eap.identity",
        ),
    },
    "esp": {"spi": ("esp.spi",), "sequence_number": ("esp.sequence",)},
    "decrypted_esp": {"pad_length": ("esp.pad_len",), "next_header": ("esp.protocol",)},
    "mobility_header": {
        "type": ("mip6.mhtype",),
        "payload_proto": ("mip6.proto",),
        "header_len": ("mip6.hlen",),
        "checksum": ("mip6.csum",),
        "checksum_status": ("mip6.checksum_ok",),
        "sequence": ("mip6.bu.seqnr", "mip6.ba.seqnr", "mip6.bri_seqnr"),
        "lifetime": ("mip6.bu.lifetime", "mip6.ba.lifetime"),
        "status": ("mip6.ba.status", "mip6.be.status", "mip6.bri_status"),
        "option": ("mip6.mobility_opt",),
    },
    "mobility_header/option": _OPTIONS,
    "mobility_header/sub_option": {"binding_id": ("mip6.flow.bid",)},
    "value": {"home_prefix": ("isakmp.cfg.attr.mip6_home_prefix",)},
    "icmp": _below("icmp", {"type": "type", "code": "code", "checksum": "checksum", "identifier": "ident",
                            "sequence": "seq"}),
    "icmpv6": {
        "type": ("icmpv6.type",),
        "code": ("icmpv6.code",),
        "checksum": ("icmpv6.checksum",),
        "identifier": ("icmpv6.echo.identifier",),
        "sequence": ("icmpv6.echo.sequence_number",),
        "router_lifetime": ("icmpv6.nd.ra.router_lifetime",),
        "target": ("icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address"),
        "prefix": ("icmpv6.opt.prefix",),
    },
    "dhcpv6": {
        "message_type": ("dhcpv6.msgtype",),
        "transaction_id": ("dhcpv6.xid",),
        "requested_option": ("dhcpv6.requested_option_code",),
        "home_network_identifier": ("dhcpv6.home.network",),
        "home_agent_address": ("dhcpv6.home.agent",),
        "home_agent_fqdn": ("dhcpv6.home.fqdn",),
        "prefix": ("dhcpv6.iaprefix.pref_addr",),
        "address": ("dhcpv6.dns_server", "dhcpv6.iaaddr.ip"),
    },
    "dns": {"id": ("dns.id",)},
    "question": {"name": ("dns.qry.name",), "type": ("dns.qry.type",)},
    "answer": {
        "name": ("dns.resp.name",),
        "type": ("dns.resp.type",),
        "ttl": ("dns.resp.ttl",),
        "address": ("dns.a", "dns.aaaa"),
    },
}  # fmt: skip
NAMES: dict[tuple[str, str], tuple[str, ...]] = {
    (part, name): fields for part, names in BY_PART.items() for name, fields in names.items()
}
"""By the name of the part and of the node."""


GENERIC = frozenset({"type", "length", "code", "checksum", "status", "reserved", "flags"})
"""Names that mean another thing in a part than in the part around it."""
FLAGS: dict[str, tuple[str, ...]] = {
    "mobility_header": tuple(name for name, *_ in (*UPDATE_FLAGS, *ACK_FLAGS)),
}
"""Flag fields of parts that have a node ``flags`` and no field of that kind."""


def known() -> set[str]:
    """All fields that the tables name."""
    return {field for fields in (*NAMES.values(), *PARTS.values()) for field in fields}
