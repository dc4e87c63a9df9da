"""Whether a text declines to answer; English rows only, as refusals.py reads."""

import time

import pytest

from affectreason.affect.refusals import refuses

DECLINES = [
    "I'm sorry, but I can't help with that.",
    "I’m sorry, but I can’t help with that.",
    "I am sorry, I cannot identify the emotions of people in images.",
    "Sorry, I can't assist with this request.",
    "I cannot identify emotions of people in images.",
    "As an AI, I cannot recognise feelings.",
    "As an AI language model, I do not have the ability to see images.",
    "As a large language model, I'm not able to watch videos.",
    "I'm just an AI assistant and can't interpret facial expressions.",
    "I can't tell.",
    "I cannot tell whether she is happy or sad.",
    "I don't know.",
    "I do not know which emotion it is.",
    "I have no idea.",
    "Unable to determine.",
    "Cannot determine the emotion.",
    "I'm unable to analyze the person in this video.",
    "I am not able to answer this question.",
    "We are unable to provide this information.",
    "I won't answer that.",
    "I will not speculate about a real person's feelings.",
    "I must decline.",
    "I respectfully decline to answer.",
    "I refuse to answer.",
    "I'm not comfortable making judgements about people.",
    "I'd be happy to help with something else, but I can't analyse faces.",
    "I can't help with that. I'd be glad to describe the background instead.",
    "I'm sorry, but I can't help with that. Please consult a professional.",
    "Unfortunately, I cannot see the image you mention.",
    "I don't have access to the video.",
    "I don't have the ability to hear audio.",
    "It is not possible for me to judge emotions from a picture.",
    "This question cannot be answered.",
    "This violates my guidelines.",
    "I cannot read emotions such as anger or sadness. Feelings such as joy are private.",
    "<answer>I'm sorry, but I can't help with that.</answer>",
    "<think>She smiles, so she is happy.</think><answer>I cannot answer.</answer>",
    "<think>The man looks sad.</think>I'm sorry, I can't identify people's emotions.",
    "\"I'm sorry, but I can't help with that.\"",
    "I'm sorry.",
    "NO COMMENT",
    "I'd be happy to help, please provide the image.",
    "I am happy to help! What image?",
    "I'm happy to help but I cannot see the image",
    "I would be glad to assist; please upload the clip",
    "I'm afraid I cannot see the video",
    "Sure! I'd be glad to help.",
    "Please provide the image.",
    "I’m really sorry, but I’m not able to identify how anyone feels.",
    "I'd be happy to help! Please upload the image.",
    "I'd be happy to help you with that.",
    "I would be glad to assist further if you share the clip.",
    "Happy to help!",
]
ANSWERS = [
    "",
    "happy",
    "The answer is happy.",
    "I cannot be sure, but the answer is happy.",
    "I can't say for certain, but he looks sad.",
    "I can't identify the person, but she appears to be angry.",
    "I cannot tell who this is. The expression is one of disgust.",
    "I'm unable to hear the audio; my best guess is fear.",
    "I cannot tell. Happy.",
    "Bored. I can't say more.",
    "As an AI I cannot feel anything, but the face shows AU12 and AU6.",
    "The man refuses to smile.",
    "I am happy.",
    "The person is happy to help",
    "I am happy to help him",
    "I can't help him",
    '"I am happy to help him"',
    "I am glad to help the old man cross the road.",
    "She said she is happy to help me",
    'He says "I am happy to help" and smiles.',
    "Happy to help her, he smiles.",
    "She is glad to assist him, so happy",
    "I'd be happy to help, she looks sad.",
    "I'm glad to help: the answer is fear.",
    "She can't help him, and she is sad.",
    "He says he cannot answer.",
    'The speaker says "I can\'t help you" and sounds desperate.',
    "I can't help but notice her smile.",
    "The woman is sorry and sad.",
    "Sorry to see her so unhappy.",
    "The person declines the offer with contempt.",
    "No emotion is visible.",
    "The picture shows no face.",
    "It does not look like anger.",
    "<think>I cannot see the eyes.</think><answer>sad</answer>",
    "<think>I'm sorry, but I can't help with that.</think><answer>neutral</answer>",
    "I do not think he is angry; he is surprised.",
    "The assistant in the picture cannot lift the box.",
]


@pytest.mark.parametrize("text", DECLINES)
def test_declining_is_a_refusal(text):
    assert refuses(text)


@pytest.mark.parametrize("text", ANSWERS)
def test_answering_is_no_refusal(text):
    assert not refuses(text)


@pytest.mark.parametrize(
    "piece", ["<think>", "<answer>", "I can't ", "sorry ", '"', "a. ", "I ", "\x00", "As an AI no "]
)
def test_a_long_text_is_read_in_linear_time(piece):
    start = time.perf_counter()
    refuses(piece * (200_000 // len(piece)))
    assert time.perf_counter() - start < 5
