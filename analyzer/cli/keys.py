"""``dsmip keys``: what key files hold, without showing a secret."""

from __future__ import annotations

from typing import Annotated

import typer

from analyzer.cli.trouble import Trouble, material
from analyzer.describe import name_of
from dissectors.ikev2.registry import EncryptionId, IntegrityId
from dissectors.inert import inert
from dissectors.keymat import CipherSpec, EspKeys, IkeKeys, KeyMaterial


def keys(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Key files or folders.")],
) -> int:
    """Say what was found in key files: form, SAs, algorithms, key sizes and bad lines. No secret is shown."""
    found = material(files)
    for source in found.sources:
        counts = f"{source.ike} IKE SA(s), {source.esp} ESP SA(s), {source.key_exchange_secrets} DH secret(s)"
        typer.echo(f"{inert(source.path)}: {source.form}: {counts}")
    _list(found)
    for problem in found.problems:
        typer.echo(f"not used: {inert(str(problem))}")
    if not (found.ike or found.esp or found.key_exchange_secrets):
        raise Trouble("no usable key was found")
    return 0


def _list(found: KeyMaterial) -> None:
    for ike in found.ike:
        typer.echo(f"  IKE SA  {_spis(ike)}  {_spec(ike.spec)}  {_held(ike)}  ({inert(ike.origin)})")
    for esp in found.esp:
        spi = "any SPI" if esp.spi is None else f"0x{esp.spi:08x}"
        typer.echo(f"  ESP SA  {spi}  {_ends(esp)}  {_spec(esp.spec)}  ({inert(esp.origin)})")


def _spis(ike: IkeKeys) -> str:
    if ike.initiator_spi is None or ike.responder_spi is None:
        return "SPIs not given"
    return f"{ike.initiator_spi.hex()}/{ike.responder_spi.hex()}"


def _spec(spec: CipherSpec | None) -> str:
    if spec is None:
        return "algorithms as negotiated"
    encryption = f"{name_of(spec.encryption, EncryptionId)}-{spec.key_size * 8}"
    return f"{encryption}/{name_of(spec.integrity, IntegrityId)}" if spec.integrity else encryption


def _held(ike: IkeKeys) -> str:
    names = ("sk_d", "sk_ai", "sk_ar", "sk_ei", "sk_er", "sk_pi", "sk_pr")
    held = [name for name in names if getattr(ike, name)]
    if ike.key_exchange_secret:
        held.append("g^ir")
    return "has " + (", ".join(held) or "nothing")


def _ends(esp: EspKeys) -> str:
    ends = [f"{hint[0]}/{hint[1]}" if hint else "*" for hint in (esp.source, esp.destination)]
    return " → ".join(ends)
