"""`affectreason show`: the resolved recipe, as it would run."""

import yaml

from affectreason.errors import InputError
from affectreason.recipe import schema
from affectreason.recipe.words import pairs

HELP = "show recipe=NAME [KEY=VALUE ...]      print the resolved recipe"


def main(words: list[str]) -> int:
    """Print a recipe with its overrides applied, as YAML."""
    given = pairs(words)
    if "recipe" not in given:
        raise InputError("missing recipe=; for example: affectreason show recipe=tiny")
    recipe = schema.load(str(given.pop("recipe")), given)
    print(
        yaml.safe_dump(recipe.model_dump(mode="json", exclude_none=True), sort_keys=False, allow_unicode=True), end=""
    )
    return 0
