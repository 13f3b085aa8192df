"""A real IKEv2 pair: two strongSwan daemons with ESP in user space (libipsec), one in each namespace of a wire."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from wire import HEARS, SENDS, Wire, eventually, ip

DAEMON = "/usr/sbin/charon-systemd"
UE, HA = "10.77.0.10", "10.77.0.1"
NAI, NAME = "0001010123456789@nai.epc.mnc001.mcc001.3gppnetwork.org", "ha.epc.example.org"
STRONGSWAN = """\
charon-systemd {{
  load_modular = no
  load = random nonce openssl x509 pubkey pkcs1 pkcs8 pem hmac kdf aes sha1 sha2 gcm kernel-libipsec kernel-netlink \
socket-default vici eap-identity eap-md5 revocation constraints
  plugins {{
    vici {{
      socket = unix://{folder}/vici
    }}
  }}
  filelog {{
    log {{
      path = {folder}/charon.log
      default = 1
      ike = 4
      chd = 4
      flush_line = yes
    }}
  }}
}}
"""
SECRETS = f"secrets {{ eap-ue {{ id = {NAI}\n secret = not-a-secret }} }}\n"
INITIATOR = f"""\
connections {{ s2c {{
  version = 2
  local_addrs = {UE}
  remote_addrs = {HA}
  vips = 0.0.0.0, ::
  proposals = aes256-sha256-ecp256
  local {{ auth = eap-md5
    id = {NAI}
    eap_id = {NAI} }}
  remote {{ auth = pubkey
    id = {NAME} }}
  children {{ home {{
    remote_ts = 10.88.0.0/24
    esp_proposals = aes256-sha256
  }} }}
}} }}
{SECRETS}"""
RESPONDER = f"""\
connections {{ s2c {{
  version = 2
  local_addrs = {HA}
  pools = v4, v6
  send_cert = always
  proposals = aes256-sha256-ecp256
  local {{ auth = pubkey
    certs = ha.pem
    id = {NAME} }}
  remote {{ auth = eap-md5
    eap_id = %any
    id = *@{NAI.partition("@")[2]} }}
  children {{ home {{
    local_ts = 10.88.0.0/24
    esp_proposals = aes256-sha256
  }} }}
}} }}
pools {{ v4 {{ addrs = 10.99.0.0/24 }}
  v6 {{ addrs = 2001:db8:99::/120 }} }}
{SECRETS}"""


def why_not() -> str:
    """Why there can be no pair; empty if there can."""
    missing = [name for name in (DAEMON, "swanctl", "pki") if shutil.which(name) is None]
    return f"{', '.join(missing)} not installed" if missing else ""


class CharonPair:
    """Both daemons; files of each lie in a folder of its own."""

    def __init__(self, wire: Wire, folder: Path) -> None:
        self.ue, self.ha = folder / "ue", folder / "ha"
        self._wire = wire
        self._daemons: list[subprocess.Popen[bytes]] = []
        ip("-n", wire.near, "addr", "add", f"{UE}/24", "dev", SENDS)
        ip("-n", wire.far, "addr", "add", f"{HA}/24", "dev", HEARS)
        ip("-n", wire.far, "addr", "add", "10.88.0.1/24", "dev", "lo")
        for name in (wire.near, wire.far):
            ip("-n", name, "link", "set", "lo", "up")
        self._prepare(folder)

    @property
    def key_log(self) -> Path:
        """The responder's log, with every key."""
        return self.ha / "charon.log"

    def _prepare(self, folder: Path) -> None:
        for end, config in ((self.ue, INITIATOR), (self.ha, RESPONDER)):
            for part in ("x509", "x509ca", "private"):
                (end / "swanctl" / part).mkdir(parents=True)
            (end / "strongswan.conf").write_text(STRONGSWAN.format(folder=end))
            (end / "swanctl" / "swanctl.conf").write_text(config)
        ca_key, ca, key = folder / "ca.key", folder / "ca.pem", self.ha / "swanctl" / "private" / "ha.key"
        for path in (ca_key, key):
            path.write_bytes(_pki("--gen", "--type", "ecdsa", "--size", "256", "--outform", "pem"))
        subject = ("--outform", "pem", "--dn")
        ca.write_bytes(_pki("--self", "--ca", "--in", ca_key, "--type", "ecdsa", *subject, "CN=test CA"))
        public = _pki("--pub", "--in", key, "--type", "ecdsa")
        issue = ("--issue", "--cacert", ca, "--cakey", ca_key, "--san", NAME, "--flag", "serverAuth")
        certificate = _pki(*issue, *subject, f"CN={NAME}", given=public)
        (self.ha / "swanctl" / "x509" / "ha.pem").write_bytes(certificate)
        for end in (self.ue, self.ha):
            shutil.copy(ca, end / "swanctl" / "x509ca" / "ca.pem")

    def start(self) -> None:
        """Both daemons, each with a /run of its own."""
        for name, end in ((self._wire.near, self.ue), (self._wire.far, self.ha)):
            with self._wire.inside(name):
                daemon = subprocess.Popen(
                    ["unshare", "-m", "bash", "-c", f"mount -t tmpfs none /run; exec {DAEMON}"],
                    env=os.environ | {"STRONGSWAN_CONF": str(end / "strongswan.conf")},
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            self._daemons.append(daemon)
            eventually((end / "vici").exists, f"the daemon in {end.name}")
            self.swanctl(end, "--load-all")

    def swanctl(self, end: Path, *arguments: str) -> str:
        done = subprocess.run(
            ["swanctl", *arguments, "--uri", f"unix://{end}/vici"],
            env=os.environ | {"SWANCTL_DIR": str(end / "swanctl"), "STRONGSWAN_CONF": str(end / "strongswan.conf")},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def close(self) -> None:
        for daemon in self._daemons:
            daemon.terminate()
        for daemon in self._daemons:
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()


def _pki(*arguments: str | Path, given: bytes = b"") -> bytes:
    return subprocess.run(["pki", *map(str, arguments)], input=given, capture_output=True, check=True).stdout
