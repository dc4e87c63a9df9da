"""Whether a text declines to answer: "I'm sorry, but I can't help with that", "As an AI model I cannot see emotions".

English only. Declining is done by the writer, in the first person or without any; "the man refuses to smile" tells of
somebody else. A text that gives up ("I don't know", "unable to determine") declines too, and so does one that only
offers help or asks for the picture.
"""

import re
import unicodedata

from affectreason.affect import labels
from affectreason.affect.denial import affirmed
from affectreason.affect.labels import Labels
from affectreason.affect.mentions import read_units

_THOUGHT = re.compile(r"<think>.*?(?:</think>|(?=<answer>)|$)|^.*?</think>", re.I | re.S)
_ANSWER = re.compile(r"<answer>(.*?)(?:</answer>|<answer>|$)", re.I | re.S)
_TAG = re.compile(r"</?[a-z]{1,16}>", re.I)
_QUOTED = re.compile(r'"[^"\n]{1,400}"|“[^”\n]{1,400}”')
_CLAUSE = re.compile(
    r"[.!?;:\n]+|(?<!help )\b(?:but|however|though|although|still|that said|nevertheless|yet|so)\b", re.I
)

_VERBS = (
    r"(?:help|assist|answer|comply|respond|provid|giv|shar|offer|say|tell|nam|comment|continu|fulfil+|identify|recogni[sz]"
    r"|determin|detect|infer|analy[sz]|assess|describ|discuss|interpret|classify|judg|read|do|engag|mak|speculat|guess"
    r"|evaluat|process|view|se|watch|hear|perceiv|access|experienc|participat)(?:e|ing|eing)?"
)
_CANNOT = (
    r"(?:can ?not|can't|couldn't|could not|will not|won't|wouldn't|would not|would rather not|must not"
    r"|would prefer not to"
    r"|(?:am|are|was|'m|'re) (?:\w+ )?(?:unable|not (?:\w+ )?(?:able|allowed|permitted|comfortable|going|supposed"
    r"|designed|equipped|programmed|in a position))(?: to| with| in)?"
    r"|(?:do not|don't)(?: have the (?:ability|capability|means)| feel comfortable)?(?: to| in)?"
    r"|(?:have to|must|will|'ll|would like to|respectfully)? ?(?:decline|refuse)(?: to)?)"
)
_DECLINES = re.compile(
    rf"\b(?:I|we)(?: (?:\w+ly|just|also|am afraid I))? ?{_CANNOT}(?: (?:\w+ly|also|be able to))? {_VERBS}\b"
    rf"|\b(?:I|we)(?: (?:must|have to|will|respectfully|would like to))? ?(?:decline|refuse)\b"
    r"|\b(?:I|we) (?:\w+ly )?(?:do not|don't) know\b|\bI have no (?:idea|way)\b"
    r"|\bI (?:do not|don't) have (?:\w+ )?(?:access|ability|capability)\b"
    r"|\b(?:not possible|impossible) for (?:me|us|an AI)\b|\b(?:against|violates?) (?:my|our) \w+"
    rf"|^(?:sorry,? )?(?:unable to|not able to|cannot|can not|can't) (?:be )?{_VERBS}\b|^no (?:answer|comment)$"
    r"|\bthis (?:request|question) (?:cannot|can't|can not) be (?:answered|fulfilled|processed)\b",
    re.I,
)
_OFFER = (
    r"(?:(?:I|we)(?:'d| would|'m| am|'re| are|'ll| will)(?: be)?(?: (?:\w+ly|very|more than|always))? |^)"
    r"(?:happy|glad|pleased|delighted) to (?:help|assist)\b"
    r"(?=\W*(?:$|[,.!?;:\n])|[ ](?:you|with|in|by|further|more|if|once|as|when|out|here|and|to|answer|describ|analy"
    r"|identif|interpret|understand))"  # "to help him" is somebody's own words, no offer to the reader
)
_OFFER_AND_MORE = re.compile(rf"\b(?:{_OFFER})[^,.!?;:\n]{{0,80}},", re.I)
_ASKS = re.compile(
    rf"^(?:(?:sure|of course|certainly|yes|hello|hi),? )?{_OFFER}"
    r"|^(?:please|kindly|(?:could|can|would) you)(?: please| kindly)?"
    r" (?:provide|upload|share|send|attach|include|supply)\b"
    r".{0,60}\b(?:image|picture|photo|video|clip|audio|recording|media|file)s?\b",
    re.I,
)
_MACHINE = re.compile(
    r"\b(?:as|being|I am|I'm)(?: only| just)? an? (?:\w+[ -]){0,3}(?:AI|intelligence|model|assistant|chatbot|machine)\b"
    r".{0,80}\b(?:not|cannot|\w+n't|unable|lack|no)\b",
    re.I,
)
_APOLOGY = re.compile(r"^(?:I am|I'm|we are|we're)?\s*(?:\w+ )?(?:sorry|apologi[sz]e|apologies)\b", re.I)
_GOES_ON = re.compile(
    r"\b(?:help|assist|stop) (?:but|him|her|them|my|feeling|noticing|thinking|smiling|laughing|\w+self)\b|\bwait\b",
    re.I,
)
_CONCLUDES = re.compile(
    r"\b(?:answer|emotion|expression|feeling|mood|label|guess) (?:is|would be|appears|seems|looks) \w"
    r"|\bI(?:'d| would| will|'ll)? (?:say|guess|think|believe|choose|pick|answer|go with)\b",
    re.I,
)
_APPEARS = re.compile(r"\b(?:appears?|seems?|looks?|feels?)(?: to be)? \w", re.I)
_OF_ITSELF = re.compile(
    r"^(?:I|we|my|our|please|feel free|if you|would you|let me|as an?|thank|(?:could |can )?you|what|which|where)\b"
    r"|'d be|\b(?:such as|whether"
    r"|for example|including|happy to|glad to|hurt to)\b",
    re.I,
)
_DENIED = re.compile(r"\b(?:no|not|cannot|\w+n't|unclear|unknown|impossible|hidden)\b", re.I)
_POLITE = re.compile(
    r"(?:\W|\b(?:sorry|unfortunately|apolog(?:ies|i[sz]e)|thanks?|you|regards|i|m|am|so|really|truly|very|my|no|not|at"
    r"|all|as|ai|an?|the|sure|certainly|of|course|hello|hi)\b)*",
    re.I,
)
_HINT = re.compile(  # one of these is in whatever declines, offers or asks: most texts are answers, and done with here
    r"can ?not|n't|\bno(?:t|thing)?\b|sorry|apolog|declin|refus|unable|\black|impossible|against|violat|please|kindly"
    r"|\bto (?:help|assist)\b|\b(?:can|could|would) you\b",
    re.I,
)
_PARTS = (  # of what _HINT looks for, in lower case: many times as fast to look for
    "can not", "cannot", "n't", "no", "sorry", "apolog", "declin", "refus", "unable", "lack", "impossible", "against",
    "violat", "please", "kindly", "help", "assist", "can you", "could you", "would you",
)  # fmt: skip
_SETS = ("ekman8", "mafw11", "r1_omni11", "iemocap6", "mikels8", "ravdess8", "heco8", "sentiment3")


def refuses(text: str) -> bool:
    """Whether a text declines to answer and gives no answer beside it; of a text with answer blocks these are read."""
    plain = unicodedata.normalize("NFKC", text).replace("’", "'")
    lower = plain.lower()
    if not any(part in lower for part in _PARTS) or _HINT.search(plain) is None:
        return False
    plain = _TAG.sub("\n", _said(plain))
    plain = _OFFER_AND_MORE.sub("\\g<0>\n", _unquoted(plain))
    clauses = [clause.strip(" \t,\"“”'*_()-–—") for clause in _CLAUSE.split(plain)]
    clauses = [clause for clause in clauses if clause]
    declining = [_declines(clause) for clause in clauses]
    if not any(declining) and not (clauses and _only_sorry(clauses)):
        return False
    return not any(_answers(clause) for clause, declined in zip(clauses, declining, strict=True) if not declined)


def _said(text: str) -> str:
    """The contents of the answer blocks, or the text without the reasoning where there is no block."""
    blocks = _ANSWER.findall(text)
    return "\n".join(blocks) if blocks else _THOUGHT.sub("\n", text)


def _unquoted(text: str) -> str:
    """A text without what it quotes of others; a text that is a quotation as a whole stays."""
    rest = _QUOTED.sub(" ", text)
    return rest if rest.strip(" \t\n.") else text


def _declines(clause: str) -> bool:
    if _ASKS.match(clause):
        return True
    found = _DECLINES.search(clause) or _MACHINE.search(clause)
    return found is not None and _GOES_ON.search(clause, found.start()) is None


def _only_sorry(clauses: list[str]) -> bool:
    """Whether a text is an apology and nothing else."""
    return _APOLOGY.match(clauses[0]) is not None and all(_is_polite(clause) for clause in clauses)


def _answers(clause: str) -> bool:
    """Whether a clause says something of what was asked: an emotion, action units, or a word or two alone."""
    if _CONCLUDES.search(clause):
        return _DENIED.search(clause) is None
    if _OF_ITSELF.search(clause):
        return False
    if len(clause.split()) <= 2:
        return not _is_polite(clause)
    if affirmed(clause, _EMOTIONS) or read_units(clause).aus is not None:
        return True
    return _APPEARS.search(clause) is not None and _DENIED.search(clause) is None


def _is_polite(clause: str) -> bool:
    return _POLITE.fullmatch(clause) is not None


def _any_emotion() -> Labels:
    """The words of the larger sets of emotions as one set; its names stand for themselves."""
    words = {form: form for name in _SETS for form in (*labels.find(name).names, *labels.find(name).aliases)}
    return Labels("any emotion", tuple(words), {}, {}, {})


_EMOTIONS = _any_emotion()
