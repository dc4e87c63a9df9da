"""A cache with a small made-up head, and the real one where it was got."""

import pytest
from tests import made_head

from affectreason.media.faces3d import rig
from affectreason.recipe import assets


@pytest.fixture(scope="module")
def cached(tmp_path_factory):
    """The folder of a cache with the small head."""
    cache = tmp_path_factory.mktemp("cache")
    made_head.keep(cache, tmp_path_factory.mktemp("published"))
    return cache


@pytest.fixture
def cache(cached, monkeypatch):
    """The cache with the small head, as the one that is in use."""
    monkeypatch.setenv("AFFECTREASON_CACHE", str(cached))
    return cached


@pytest.fixture
def real():
    """The real head; skipped where `affectreason assets get small` was not run."""
    if not assets.is_got("small", "head"):
        pytest.skip("the head is not in the cache: affectreason assets get small")
    return rig.rig()
