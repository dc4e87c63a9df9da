"""What people in drawn scenes say, and the words for what they show: subtitles and open-vocabulary sets."""

ADJECTIVES: dict[str, str] = {
    "anger": "angry",
    "disgust": "disgusted",
    "fear": "afraid",
    "happiness": "happy",
    "neutral": "neutral",
    "sadness": "sad",
    "surprise": "surprised",
}
MILD: dict[str, str] = {
    "anger": "annoyed",
    "disgust": "displeased",
    "fear": "worried",
    "happiness": "pleased",
    "sadness": "disappointed",
    "surprise": "startled",
}
STRONG: dict[str, str] = {
    "anger": "furious",
    "disgust": "revolted",
    "fear": "terrified",
    "happiness": "delighted",
    "sadness": "miserable",
    "surprise": "astonished",
}
AGAINST_WORDS: dict[str, str] = {
    "anger": "sarcastic",
    "disgust": "mocking",
    "fear": "insecure",
    "happiness": "amused",
    "sadness": "bitter",
    "surprise": "incredulous",
}
"""What it is called when a face shows this emotion and the words say another."""
AGAINST_FACE: dict[str, str] = {
    "anger": "resentful",
    "disgust": "contemptuous",
    "fear": "nervous",
    "happiness": "playful",
    "sadness": "melancholy",
    "surprise": "excited",
}
"""What it is called when a voice shows this emotion and the face another."""

SAID: dict[str, dict[bool, tuple[str, ...]]] = {  # mild and strong
    "anger": {
        False: ("You could have asked me first.", "That was not fair.", "Please stop doing that."),
        True: ("I hate this!", "How dare you!", "Get out, now!"),
    },
    "disgust": {
        False: ("This does not smell good.", "I would rather not touch it.", "The milk has turned."),
        True: ("That is revolting!", "It makes me sick!", "Take that filth away!"),
    },
    "fear": {
        False: ("Did you hear that noise?", "I hope nothing happens.", "I do not like it here."),
        True: ("It is coming for us!", "Help me, please!", "We are going to die!"),
    },
    "happiness": {
        False: ("That is nice to hear.", "I like this place.", "It went quite well."),
        True: ("I love it!", "This is the best day ever!", "We won!"),
    },
    "sadness": {
        False: ("I miss the old days.", "It did not work out.", "Nobody called."),
        True: ("I have lost everything.", "She is gone for good.", "I cannot stop crying."),
    },
    "surprise": {
        False: ("Oh, you are early.", "I did not expect that.", "Is it Friday already?"),
        True: ("I cannot believe my eyes!", "What on earth is that!", "No way, really!"),
    },
}
PLAIN: tuple[str, ...] = (
    "The train leaves at nine.",
    "There are two chairs here.",
    "It is the second door.",
    "I read it in the paper.",
    "The shop is on the corner.",
    "He works on the third floor.",
)
"""Sentences that tell no emotion."""
