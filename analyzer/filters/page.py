"""The page about filters: what the language is, and every field."""

from __future__ import annotations

from collections.abc import Iterator

from analyzer.filters.registry import FIELDS, PARTS
from analyzer.filters.spec import FieldSpec

INTRODUCTION = """\
# Display filters

`dsmip decode -Y FILTER`, `dsmip export -Y FILTER -w OUT` and the filter bar of `dsmip tui` take the same language:
Wireshark's display filters, with its field names for what is decoded here and fields of our own for sessions, roles
and verdicts.

```
isakmp.exchangetype == 35
isakmp.exchangetype == "IKE_AUTH" && !(isakmp.flag_r == 1)
mip6.bu.h_flag == 1 and ip.src == 192.0.2.1
isakmp.notify.msgtype in {16384 16406..16408}
ip.addr == 10.0.0.0/8 or ipv6.addr == 2001:db8::/32
session.nai contains "mnc001" and verdict == fail
role.src == "HoA" && encapsulation == udp
```

| written | means |
|---|---|
| `esp`, `isakmp.notify` | it is there; the name of a group, such as `mip6.bi`, means any field in it |
| `==` `eq`, `!=` `ne` | equal; there, and no value equal |
| `===` `all_eq`, `!==` `any_ne` | all values equal; some value differs |
| `>` `gt`, `<` `lt`, `>=` `ge`, `<=` `le` | order |
| `contains`, `matches` `~` | text or bytes in it; a regular expression, without regard to case |
| `in {1 2 5..7}`, `not in {…}` | one of, or from … to |
| `isakmp.flags & 0x20` | some of these bits are set |
| `any ip.addr == …`, `all ip.addr == …` | one value fits, every value fits |
| `&&` `and`, `\\|\\|` `or`, `^^` `xor`, `!` `not`, `( )` | `and` binds tighter than `xor`, that tighter than `or` |

- A field may have several values, as a packet holds several headers: a comparison holds if one of them fits, but `!=`
  wants them all to differ, as in Wireshark 4.
- Numbers are decimal, hex (`0x23`) or octal (`043`); where there are names they do as well, without regard to case
  and punctuation: `IKE_AUTH`, `"Binding Update"`. Bytes are `0a:1b:2c` or `0a1b2c`, text stands in quotes, `r"…"` is
  text without escapes. Addresses take a prefix.
- Two fields can be compared: `isakmp.ispi == isakmp.rspi`.
- Slices (`frame[0:2]`), functions and arithmetic are not part of it.
- What was decrypted counts like what was in clear. Where keys are missing, fields inside are not there.
- `rule.id`, `rule.failed` and `verdict` need a judged run: `decode` and `export` then read the captures twice, with the
  `--profile` that is given. `rule.id == "X" && verdict == fail` may meet two findings; `rule.failed == "X"` means one.
  They tell of what fails or is inconclusive: passes are counted by session (`dsmip analyze --matrix`).

## Fields in rows

`dsmip decode FILE -T fields -e FIELD` prints the fields below, one `-e` for each, a row for every packet, as
`tshark -T fields` does, to the digit; the values of what was decrypted come last. `-E` takes tshark's `header=y`,
`separator=`, `aggregator=`, `quote=` and `occurrence=`; `_ws.col.info` and its like are the columns of the list.

```
dsmip decode capture.pcap --keys keys -Y 'mip6.ba.status >= 128' -T fields -e frame.number -e ip.dst -e mip6.ba.status
dsmip decode capture.pcap --keys keys -Y rule.failed -T fields -e frame.number -e session.nai -e rule.failed
```
"""


def filters_page() -> str:
    """The whole page."""
    lines = [INTRODUCTION, f"## The {len(FIELDS)} fields", ""]
    lines += ["Fields with a ° are ours; all others have Wireshark's name and type."]
    for title, table in PARTS:
        lines += ["", f"### {title}", "", "| field | holds | what it is |", "|---|---|---|"]
        lines += [_row(row) for row in table.rows]
    lines += ["", "## Where Wireshark's values differ", ""]
    lines += [*_differences()]
    return "\n".join(lines) + "\n"


def _row(row: FieldSpec) -> str:
    values = f": {', '.join(row.words)}" if row.words else ", with names" if row.names else ""
    return f"| `{row.name}`{' °' if row.ours else ''} | {row.kind.value}{values} | {_cell(row.about)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "\\<")


def _differences() -> Iterator[str]:
    for row in FIELDS.values():
        if row.differs:
            yield f"- `{row.name}`: {row.differs}."
    yield (
        "- DSMIPv6 in UDP port 4191: Wireshark does not look inside by itself; "
        "`tshark -d udp.port==4191,ip` makes it do so."
    )
    yield "- Packets quoted in ICMP errors are not taken apart here; Wireshark counts their headers too."
    yield "- ESP without encryption, of which no key is known, is opened here and not by Wireshark."
