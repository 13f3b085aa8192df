"""Every proof inside an attach holds when someone else checks it: signature, AUTH, EAP-AKA, sealing, checksums."""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether

from samples.generator.attach import Attach
from samples.generator.codes import Kind
from samples.generator.eap_keys import derive_aka_keys
from samples.generator.knobs import HaKnobs, UeKnobs, replaced, with_added, without
from samples.generator.milenage import Milenage
from samples.generator.payloads import Payload
from samples.generator.published_keys import AUTHORITY_KEY
from samples.generator.suites import CHACHA20_SUITE
from samples.scenarios import SCENARIOS, Scenario

NAI = b"0001010123456789@nai.epc.mnc001.mcc001.3gppnetwork.org"


def _datagrams(attach: Attach) -> list[bytes]:
    """IKE messages as scapy finds them in the frames."""
    packets = [Ether(frame.data) for frame in attach.wire.frames]
    found = []
    for datagram in (packet[UDP] for packet in packets if UDP in packet):
        data = bytes(datagram.payload)
        if 500 in (datagram.sport, datagram.dport):
            found.append(data)
        elif data[:4] == bytes(4):  # the non-ESP marker of port 4500
            found.append(data[4:])
    return found


def _split(first: int, data: bytes) -> list[tuple[int, bytes]]:
    """A chain of payloads, kind and body each."""
    found = []
    kind = first
    while kind:
        following, _, size = struct.unpack("!BBH", data[:4])
        found.append((kind, data[4:size]))
        kind, data = following, data[size:]
    return found


def _open_cbc(attach: Attach, message: bytes) -> dict[int, bytes]:
    """Payloads of a message, by AES-CBC-256 and HMAC-SHA2-256-128; the ICV must be right."""
    if message[18] == 34:
        return dict(_split(message[16], message[28:]))
    keys = attach.ue.keys
    assert keys
    encryption, integrity = (keys.ei, keys.ai) if message[19] & 8 else (keys.er, keys.ar)
    assert message[-16:] == hmac.digest(integrity, message[:-16], "sha256")[:16]
    decryptor = Cipher(AES(encryption), CBC(message[32:48])).decryptor()
    plain = decryptor.update(message[48:-16])
    return dict(_split(message[28], plain[: -1 - plain[-1]]))


@pytest.fixture(scope="module")
def clean() -> Attach:
    return SCENARIOS["attach-clean"].play()


@pytest.fixture(scope="module")
def messages(clean: Attach) -> list[dict[int, bytes]]:
    return [_open_cbc(clean, message) for message in _datagrams(clean)]


def _prf(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def _octets(clean: Attach, messages: list[dict[int, bytes]], *, of_ue: bool) -> bytes:
    """What AUTH covers, put together from the frames."""
    datagrams = _datagrams(clean)
    assert clean.ue.keys
    if of_ue:
        return datagrams[0] + messages[1][Kind.NONCE] + _prf(clean.ue.keys.pi, messages[2][Kind.IDI])
    return datagrams[1] + messages[0][Kind.NONCE] + _prf(clean.ue.keys.pr, messages[3][Kind.IDR])


def test_the_home_agent_signs_with_the_key_of_its_certificate(clean: Attach, messages: list[dict[int, bytes]]) -> None:
    certificate = x509.load_der_x509_certificate(messages[3][Kind.CERT][1:])
    public = certificate.public_key()
    assert isinstance(public, RSAPublicKey)
    auth = messages[3][Kind.AUTH]
    assert auth[:5] == b"\x0e\0\0\0\x0f"
    octets = _octets(clean, messages, of_ue=False)
    public.verify(auth[20:], octets, PKCS1v15(), SHA256())
    with pytest.raises(InvalidSignature):
        public.verify(auth[20:], octets + b"\0", PKCS1v15(), SHA256())


def test_the_certificate_comes_from_the_authority_that_the_ue_asks_for(messages: list[dict[int, bytes]]) -> None:
    authority = load_pem_private_key(AUTHORITY_KEY.encode(), None).public_key()
    assert isinstance(authority, RSAPublicKey)
    certificate = x509.load_der_x509_certificate(messages[3][Kind.CERT][1:])
    authority.verify(certificate.signature, certificate.tbs_certificate_bytes, PKCS1v15(), SHA256())
    info = authority.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert messages[2][Kind.CERTREQ] == b"\x04" + hashlib.sha1(info).digest()


def _attributes(packet: bytes) -> dict[int, bytes]:
    """EAP-AKA attributes, values with their two leading bytes."""
    found, data = {}, packet[8:]
    while data:
        found[data[0]] = data[2 : 4 * data[1]]
        data = data[4 * data[1] :]
    return found


def test_both_ends_prove_the_msk_of_this_subscriber(clean: Attach, messages: list[dict[int, bytes]]) -> None:
    challenge = _attributes(messages[5][Kind.EAP])
    subscription = clean.ue.knobs.subscription
    usim = Milenage(subscription.key, subscription.opc, challenge[1][2:])
    assert _attributes(messages[6][Kind.EAP])[3] == struct.pack("!H", 64) + usim.f2()
    keys = derive_aka_keys(NAI, usim.f4(), usim.f3())
    for number in (5, 6):
        packet = messages[number][Kind.EAP]
        assert packet[-16:] == hmac.digest(keys.authentication, packet[:-16] + bytes(16), "sha1")[:16]
    pad = _prf(keys.msk, b"Key Pad for IKEv2")
    assert messages[8][Kind.AUTH] == b"\2\0\0\0" + _prf(pad, _octets(clean, messages, of_ue=True))
    assert messages[9][Kind.AUTH] == b"\2\0\0\0" + _prf(pad, _octets(clean, messages, of_ue=False))


def test_the_challenge_hides_a_pseudonym_and_covers_the_identity_round(
    clean: Attach, messages: list[dict[int, bytes]]
) -> None:
    challenge = _attributes(messages[5][Kind.EAP])
    assert clean.ue.aka.keys
    decryptor = Cipher(AES(clean.ue.aka.keys.encryption), CBC(challenge[129][2:])).decryptor()
    hidden = _attributes(bytes(8) + decryptor.update(challenge[130][2:]))
    size = int.from_bytes(hidden[132][:2], "big")
    assert hidden[132][2 : 2 + size].decode() == clean.ue.knobs.pseudonym
    assert not any(hidden[6])
    rounds = messages[3][Kind.EAP] + messages[4][Kind.EAP]
    assert challenge[134][2:] == hashlib.sha1(rounds).digest()


@pytest.mark.parametrize("name", ["attach-clean", "attach-clean-ipv4"])
def test_scapy_computes_the_same_lengths_and_checksums(name: str) -> None:
    for frame in SCENARIOS[name].play().wire.frames:
        packet = Ether(frame.data)
        if IP in packet:
            del packet[IP].chksum, packet[IP].len
        if UDP in packet and packet[UDP].chksum:
            del packet[UDP].chksum, packet[UDP].len
        if IPv6 in packet:
            del packet[IPv6].plen
        assert bytes(packet) == frame.data


def test_fragments_keep_to_their_size_and_hold_the_whole_message() -> None:
    whole = SCENARIOS["attach-clean-ipv4"]
    attach = whole.play()
    fragments = [data for data in _datagrams(attach) if data[16] == Kind.SKF]
    assert max(len(data) for data in fragments) == 576
    assert [struct.unpack("!HH", data[32:36]) for data in fragments] == [(1, 3), (2, 3), (3, 3)]
    assert [data[28] for data in fragments] == [Kind.IDR, 0, 0]
    assert attach.ha.keys
    key, salt = attach.ha.keys.er[:-4], attach.ha.keys.er[-4:]
    opened = [AESGCM(key).decrypt(salt + data[36:44], data[44:], data[:36]) for data in fragments]
    inner = b"".join(data[: -1 - data[-1]] for data in opened)
    assert [kind for kind, _ in _split(Kind.IDR, inner)] == [Kind.IDR, Kind.CERT, Kind.AUTH, Kind.EAP]


def test_chacha20_poly1305_opens_by_rfc_7634() -> None:
    attach = Scenario("chacha", "", suite=CHACHA20_SUITE).play()
    assert attach.ue.keys
    request = _datagrams(attach)[2]
    key, salt = attach.ue.keys.ei[:32], attach.ue.keys.ei[32:]
    inner = ChaCha20Poly1305(key).decrypt(salt + request[32:40], request[40:], request[:32])
    assert dict(_split(request[28], inner[: -1 - inner[-1]]))[Kind.IDI][4:] == NAI
    assert attach.tunnel
    sa = attach.tunnel[0]
    packet = next(bytes(e[IPv6].payload) for e in map(Ether, (f.data for f in attach.wire.frames)) if e[IPv6].nh == 50)
    key, salt = sa.encryption_key[:32], sa.encryption_key[32:]
    plain = ChaCha20Poly1305(key).decrypt(salt + packet[8:16], packet[16:], packet[:8])
    assert plain[-1] == 41
    assert plain[-2 - plain[-2] : -2] == bytes(range(1, plain[-2] + 1))
    assert attach.tables.ike[0].startswith("#")


def test_the_same_name_gives_the_same_capture_and_another_name_another() -> None:
    scenario = Scenario("one", "")
    assert scenario.play().wire.frames == scenario.play().wire.frames
    assert scenario.play().wire.frames != replace(scenario, name="two").play().wire.frames


def test_edits_rewrite_a_step_before_it_is_sealed_and_auth_still_fits() -> None:
    odd = Payload(200, b"unknown", critical=True)
    ue = UeKnobs(edits={"IKE_AUTH 1": replaced(Kind.IDI, lambda body: b"\x0b" + body[1:])})
    ha = HaKnobs(edits={"IKE_AUTH last": without(Kind.CP), "IKE_SA_INIT": with_added(odd)})
    attach = Scenario("edited", "", ue=ue, ha=ha).play()
    opened = [_open_cbc(attach, message) for message in _datagrams(attach)]
    assert opened[1][200] == b"unknown"
    assert opened[2][Kind.IDI][0] == 11
    assert Kind.CP not in opened[9]
    assert attach.ue.keys
    assert attach.ue.aka.keys
    octets = _datagrams(attach)[0] + opened[1][Kind.NONCE] + _prf(attach.ue.keys.pi, opened[2][Kind.IDI])
    assert opened[8][Kind.AUTH][4:] == _prf(_prf(attach.ue.aka.keys.msk, b"Key Pad for IKEv2"), octets)


def test_a_challenge_can_come_without_an_identity_round() -> None:
    attach = Scenario("short", "", ha=HaKnobs(asks_identity=False)).play()
    opened = [_open_cbc(attach, message) for message in _datagrams(attach)]
    assert opened[3][Kind.EAP][5] == 1
    assert _attributes(opened[3][Kind.EAP])[134] == bytes(2)
    assert opened[5][Kind.EAP] == b"\3\2\0\4"


def test_keys_stay_out_of_representations(clean: Attach) -> None:
    assert clean.ue.keys
    assert clean.tunnel
    shown = repr(clean.ue.keys) + repr(clean.tunnel) + repr(clean.tables) + repr(clean.ue.aka) + repr(clean.ue.knobs)
    secrets = (clean.ue.keys.ei, clean.tunnel[0].encryption_key, clean.ue.knobs.subscription.key)
    assert not any(repr(secret)[2:-1] in shown or secret.hex() in shown for secret in secrets)
