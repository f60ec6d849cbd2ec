"""A certificate authority of our own, for loopback servers that speak TLS."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_VALID = timedelta(days=2)


def issue(host, folder):
    """Make an authority and a certificate of it, both for two days.

    :param host: the server's name, e.g. "api.example.com"
    :param folder: where the files go
    :return: paths of the authority's certificate, for who shall trust the server, and
        of the server's key and certificate in one file
    """
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca_name, name = _name("Loopback tests"), _name(host)
    ca_id = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    ca = _sign(
        ca_key,
        ca_name,
        ca_key,
        ca_name,
        (x509.BasicConstraints(ca=True, path_length=0), True),
        (_usage(key_cert_sign=True), True),
        (ca_id, False),
    )
    certificate = _sign(
        ca_key,
        ca_name,
        key,
        name,
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.SubjectAlternativeName([x509.DNSName(host)]), False),
        (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_id), False),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    trusted, own = Path(folder, "authority.pem"), Path(folder, "server.pem")
    trusted.write_bytes(ca.public_bytes(pem))
    own.write_bytes(secret + certificate.public_bytes(pem))
    return trusted, own


def _name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(**used):
    kinds = (
        "digital_signature content_commitment key_encipherment data_encipherment "
        "key_agreement key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{kind: used.get(kind, False) for kind in kinds.split()})


def _sign(ca_key, ca_name, key, name, *extensions):
    now = datetime.now(timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .issuer_name(ca_name)
        .subject_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks that differ by a little shall not matter.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _VALID)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(ca_key, hashes.SHA256())
