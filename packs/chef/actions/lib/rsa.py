"""RSASSA-PKCS1-v1_5 signatures with SHA-256 on the standard library: a Chef server wants every request signed.

Counterpart of what `openssl dgst -sha256 -sign` does. It signs outgoing requests only; nothing secret is compared here.
"""
import base64
import hashlib

SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
SEQUENCE = 0x30


class BadKey(Exception):
    """The text is not an unencrypted RSA private key in PEM."""


def sign(pem, message):
    """Returns the signature of `message` (bytes)."""
    modulus, exponent = _private_key(pem)
    size = (modulus.bit_length() + 7) // 8
    digest = SHA256_PREFIX + hashlib.sha256(message).digest()
    padded = b"\x00\x01" + b"\xff" * (size - len(digest) - 3) + b"\x00" + digest
    return pow(int.from_bytes(padded, "big"), exponent, modulus).to_bytes(size, "big")


def _private_key(pem):
    try:
        lines = [line.strip() for line in pem.strip().splitlines()]
        der = base64.b64decode("".join(line for line in lines if line and not line.startswith("-----")), validate=True)
        fields = _sequence(der)
        if len(fields) == 3:
            # PKCS#8 wraps the PKCS#1 key: version, algorithm, octet string.
            fields = _sequence(fields[2])
        return int.from_bytes(fields[1], "big"), int.from_bytes(fields[3], "big")
    except (ValueError, IndexError):
        raise BadKey("client_key is not an unencrypted RSA private key in PEM") from None


def _sequence(der):
    """Returns the contents of the elements of a DER sequence."""
    tag, body, _ = _element(der, 0)
    if tag != SEQUENCE:
        raise ValueError("not a sequence")
    contents, position = [], 0
    while position < len(body):
        _, content, position = _element(body, position)
        contents.append(content)
    return contents


def _element(der, position):
    tag, length = der[position], der[position + 1]
    position += 2
    if length & 0x80:
        width = length & 0x7F
        length = int.from_bytes(der[position:position + width], "big")
        position += width
    if position + length > len(der):
        raise ValueError("cut short")
    return tag, der[position:position + length], position + length
