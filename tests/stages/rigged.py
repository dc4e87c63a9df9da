"""Rewards of the tests' own, named in recipes by their dotted path."""


def short(response, sample):
    """1 for no text, 0 from 120 characters on."""
    return max(0.0, 1 - len(response.text) / 120)


def own(response, sample, seen=[]):  # noqa: B006
    """Remember what it was asked about, and score nothing of anger."""
    seen.append((sample.id, sample.gold.emotion, response.text))
    return None if sample.gold.emotion == "anger" else 0.5
