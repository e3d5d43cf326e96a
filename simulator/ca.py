"""The simulator's own certificate authority and server certificate, valid for loopback names only.

Private keys lie in the state directory with mode 0600. Both certificates are made anew when missing or
about to expire; the profile passes OpenSSL's strict check (RFC 5280), Python 3.13's default.
"""

import ipaddress
import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFETIME = timedelta(days=90)
_RENEW_BEFORE = timedelta(days=2)
_ISSUER = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Remit simulator CA")])
_SUBJECT = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])


@dataclass(frozen=True, slots=True)
class Certificates:
    """Where the certificates lie: `ca` is what clients trust, `server` and `server_key` are the sites' own."""

    ca: Path
    server: Path
    server_key: Path

    def server_context(self) -> ssl.SSLContext:
        """A TLS context for the sites."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server, self.server_key)
        return context


def ensure(folder: Path, *, now: datetime | None = None) -> Certificates:
    """The certificates in `folder`, made when they are missing or end within two days of `now`."""
    folder.mkdir(parents=True, exist_ok=True)
    found = Certificates(ca=folder / "ca.pem", server=folder / "server.pem", server_key=folder / "server.key")
    moment = now or datetime.now(UTC)
    if not all(_fresh(path, moment) for path in (found.ca, found.server)) or not found.server_key.exists():
        _make(found, moment)
    return found


def write_private(path: Path, data: bytes) -> None:
    """Write `data` to `path` so that nobody but the owner could ever read it (mode 0600 from the start)."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


def _fresh(path: Path, now: datetime) -> bool:
    if not path.exists():
        return False
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc - now > _RENEW_BEFORE


def _make(paths: Certificates, now: datetime) -> None:
    ca_key = ec.generate_private_key(ec.SECP256R1())
    server_key = ec.generate_private_key(ec.SECP256R1())
    # The authority's key is used once and never stored: nobody can sign with this CA afterwards.
    paths.ca.write_bytes(_pem(_ca_certificate(ca_key, now)))
    paths.server.write_bytes(_pem(_server_certificate(server_key, ca_key, now=now)))
    write_private(
        paths.server_key,
        server_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _builder(subject: x509.Name, key: ec.EllipticCurvePublicKey, *, now: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_ISSUER)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _ca_certificate(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    loopback = x509.NameConstraints(
        permitted_subtrees=[
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.ip_network("127.0.0.0/8")),
            x509.IPAddress(ipaddress.ip_network("::1/128")),
        ],
        excluded_subtrees=None,
    )
    return (
        _builder(_ISSUER, key.public_key(), now=now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(loopback, critical=True)
        .sign(key, hashes.SHA256())
    )


def _server_certificate(
    key: ec.EllipticCurvePrivateKey, ca_key: ec.EllipticCurvePrivateKey, *, now: datetime
) -> x509.Certificate:
    names = x509.SubjectAlternativeName(
        [
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
            x509.IPAddress(ipaddress.ip_address("::1")),
        ]
    )
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    return (
        _builder(_SUBJECT, key.public_key(), now=now)
        .add_extension(names, critical=False)
        .add_extension(issuer, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
