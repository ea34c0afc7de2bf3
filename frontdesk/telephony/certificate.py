"""The certificate with which a private Asterisk answers SIP over TLS."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAYS = 825
CERTIFICATE, KEY = "server.pem", "server.key"


class CertificateUnusable(ValueError):
    """The certificate in the folder cannot be used; says which file and what to do."""


def ensure_certificate(folder: Path, host: str, now: datetime) -> None:
    """See that the folder holds a certificate and its key (readable by the owner only).

    Files that are there stay as they are: put the trunk operator's own here. Otherwise a self-signed one for `host`
    (name or address) is made, which the other side must be given to trust. Raises CertificateUnusable if the one that
    is there has expired, cannot be read, or one of the two files is missing.
    """
    certificate, key = folder / CERTIFICATE, folder / KEY
    if certificate.exists() or key.exists():
        _check(certificate, key, now)
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = ec.generate_private_key(ec.SECP256R1())
    _write_private(
        key,
        secret.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    )
    certificate.write_bytes(_self_signed(secret, host, now).public_bytes(serialization.Encoding.PEM))


def _self_signed(secret: ec.EllipticCurvePrivateKey, host: str, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.SubjectAlternativeName([_alternative(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(secret, hashes.SHA256())
    )


def _alternative(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _check(certificate: Path, key: Path, now: datetime) -> None:
    for file in (certificate, key):
        if not file.is_file():
            raise CertificateUnusable(f"没有 {file}。证书和私钥要成对放好；都删掉会重新生成一对自签的")
    try:
        until = x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc
    except ValueError as error:
        raise CertificateUnusable(f"{certificate} 不是 PEM 格式的证书（{error}）。请换一份，或删掉它和私钥") from error
    if until <= now:
        raise CertificateUnusable(
            f"{certificate} 已在 {until.astimezone(UTC):%Y-%m-%d} 到期。请换一份，或删掉它和 {key.name} 重新生成自签的"
        )


def _write_private(file: Path, content: bytes) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as opened:
        opened.write(content)
