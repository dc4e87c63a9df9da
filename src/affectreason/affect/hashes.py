"""Short hashes of names: the same on every run and machine."""

import hashlib


def short(name: str) -> int:
    """64 bits of a hash: enough to tell a million names apart; where two must not be taken for one, look again."""
    return int.from_bytes(hashlib.blake2b(name.encode(errors="surrogatepass"), digest_size=8).digest(), "big")


def share(name: str) -> float:
    """A number in [0, 1) that depends on a name alone."""
    return int.from_bytes(hashlib.sha256(name.encode(errors="surrogatepass")).digest()[:4], "big") / 2**32
