"""The certificate of SIP over TLS: made once, never overwritten, and its troubles named."""

from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from frontdesk.telephony.certificate import CERTIFICATE, DAYS, KEY, CertificateUnusable, ensure_certificate

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("host", "kind"), [("192.0.2.7", x509.IPAddress), ("sip.example.cn", x509.DNSName)], ids=["address", "name"]
)
def test_a_certificate_for_the_host_that_tls_can_use(tmp_path: Path, host: str, kind: type) -> None:
    ensure_certificate(tmp_path, host, NOW)
    made = x509.load_pem_x509_certificate((tmp_path / CERTIFICATE).read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name) for name in names.get_values_for_type(kind)] == [host]
    assert stat.S_IMODE((tmp_path / KEY).stat().st_mode) == 0o600
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tmp_path / CERTIFICATE, tmp_path / KEY)


def test_what_is_there_stays(tmp_path: Path) -> None:
    ensure_certificate(tmp_path, "192.0.2.7", NOW)
    before = (tmp_path / CERTIFICATE).read_bytes(), (tmp_path / KEY).read_bytes()
    ensure_certificate(tmp_path, "other.example.cn", NOW)
    assert ((tmp_path / CERTIFICATE).read_bytes(), (tmp_path / KEY).read_bytes()) == before


def test_an_expired_one_is_named(tmp_path: Path) -> None:
    ensure_certificate(tmp_path, "192.0.2.7", NOW)
    with pytest.raises(CertificateUnusable, match="到期"):
        ensure_certificate(tmp_path, "192.0.2.7", NOW + timedelta(days=DAYS + 1))


def test_half_a_pair_is_named(tmp_path: Path) -> None:
    ensure_certificate(tmp_path, "192.0.2.7", NOW)
    (tmp_path / KEY).unlink()
    with pytest.raises(CertificateUnusable, match=KEY):
        ensure_certificate(tmp_path, "192.0.2.7", NOW)


def test_what_is_no_certificate_is_named(tmp_path: Path) -> None:
    (tmp_path / CERTIFICATE).write_text("nothing")
    (tmp_path / KEY).write_text("nothing")
    with pytest.raises(CertificateUnusable, match="PEM"):
        ensure_certificate(tmp_path, "192.0.2.7", NOW)
