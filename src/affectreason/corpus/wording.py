"""The words of questions: several ways to ask for each thing, in this project's own words."""

from affectreason.affect.sample import Sample

WHAT = {
    None: "the {} here",
    "expressed": "the {} that the person shows",
    "evoked": "the {} that this stirs in the people who look at it",
    "intended": "the {} that this is meant to convey",
    "felt": "the {} that the person feels",
    "written": "the {} of the words",
    "clinical": "the state that the person is in",
}
SENTIMENTS = {"negative", "neutral", "positive"}

LABEL = (
    "What is {what}? Answer with one of: {names}.",
    "Name {what}. The words to choose from are: {names}.",
    "Which of these words is {what}: {names}?",
    "Choose the word for {what} from this list: {names}.",
)
UNITS_AMONG = (
    "Which of these facial action units are active: {codes}? {form}",
    "Look at the face. Of {codes}, which action units do you see? {form}",
    "From the action units {codes}, name those that are active. {form}",
)
UNITS = (
    "Which facial action units are active? {form}",
    "Look at the face and name every action unit you see. {form}",
    "What does the face do, in action units? {form}",
)
UNITS_FORM = "List their codes in ascending order, parted by commas, or say: no action units."
NO_UNITS = "no action units"
UNIT = (
    "Is {code} ({unit}) active?",
    "Can you see {code}, the {unit}, in this face?",
    "Look at the face: is the {unit} ({code}) at work?",
)
ATTRIBUTE = (
    "What is the {attribute} here?",
    "Name the {attribute}.",
    "Which {attribute} was noted for this?",
)
OPEN_SET = (
    "Which words describe {what}? Give all that fit, parted by commas.{names}",
    "Name {what} in as many fitting words as you need, parted by commas.{names}",
    "List every word that is true of {what}, with commas between.{names}",
)
DESCRIPTION = (
    "Describe {what} and what shows it.",
    "What can you tell about {what}, and from which evidence?",
    "Explain in a few sentences what points to {what}.",
)
STATEMENT = (
    "Is this statement correct? {claim}",
    "Judge the statement by what {sense}: {claim}",
    "{claim} Is that correct or incorrect?",
    "Somebody says: {claim} Are they right?",
)


def what(sample: Sample, names: tuple[str, ...] = ()) -> str:
    """What a sample's labels are of, by the kind of affect: "the emotion that the person shows"."""
    return WHAT[sample.affect].format("sentiment" if names and set(names) <= SENTIMENTS else "emotion")


def sense(sample: Sample) -> str:
    """How one takes in a sample, by the kinds of its media: "you see and hear"; text alone, "you read"."""
    kinds = {one.kind for one in sample.media}
    seen, heard = kinds & {"image", "frames", "video"}, kinds & {"audio", "video"}
    if not kinds:
        return "you read"
    if not seen and not heard:
        return "is given here"
    return "you " + " and ".join(verb for verb, of in (("see", seen), ("hear", heard)) if of)


def claimed(question: Sample) -> str:
    """The claim that a question in one of the ways of `STATEMENT` is about."""
    text = question.question or ""
    ways = (way.replace("{sense}", sense(question)).split("{claim}") for way in STATEMENT)
    ends = [(a, b) for a, b in ways if text.startswith(a) and text.endswith(b)]
    first, last = max(ends, key=lambda one: len("".join(one)))
    return text.removeprefix(first).removesuffix(last)
