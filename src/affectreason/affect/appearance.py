"""What can be named of a person and a clip besides units and emotions: 40 appearances, 35 actions, times and places.

Appearances and actions are those of CelebV-HQ as VidEmo asks for them (arXiv 2511.02712); the everyday words beside
them are ours. They are read as labels are: whole words, the longest at each place; `affect.denial` says what is denied.
"""

from affectreason.affect.labels import Labels

# name | words that say the same
_APPEARANCE = """
    blurry | blurred; out of focus
    male | man; men; boy; gentleman
    young | youthful
    chubby | plump; overweight
    pale_skin | pale; pale complexion; pale skinned
    rosy_cheeks | rosy cheek; blushing cheeks; flushed cheeks
    oval_face | oval shaped face; oval faced
    receding_hairline | receding hair
    bald | bald head; bald headed; shaved head
    bangs | fringe
    black_hair | black haired
    blonde_hair | blond hair; blonde haired; blond haired; blonde; blond
    gray_hair | grey hair; gray haired; grey haired; white hair; silver hair
    brown_hair | brown haired; brunette
    straight_hair | straight haired
    wavy_hair | wavy haired; curly hair
    long_hair | long haired
    arched_eyebrows | arched eyebrow; arched brows
    bushy_eyebrows | bushy eyebrow; thick eyebrows; bushy brows
    bags_under_eyes | bags under the eyes; bags under his eyes; bags under her eyes; eye bags
    eyeglasses | glasses; spectacles
    sunglasses | sun glasses; dark glasses; shades
    narrow_eyes | small eyes
    big_nose | large nose
    pointy_nose | pointed nose
    high_cheekbones | high cheekbone; prominent cheekbones
    big_lips | full lips; thick lips; large lips
    double_chin | double chinned
    no_beard | clean shaven; beardless; without a beard; without beard
    5_o_clock_shadow | five o clock shadow; stubble
    goatee | goatee beard
    mustache | moustache; mustached
    sideburns | sideburn
    heavy_makeup | heavy make up; thick makeup; strong makeup
    wearing_earrings | earrings; earring
    wearing_hat | hat; cap; wears a hat; wearing a hat
    wearing_lipstick | lipstick
    wearing_necklace | necklace
    wearing_necktie | necktie; tie
    wearing_mask | face mask; mask; masked
"""
_ACTIONS = """
    blow | blows; blowing
    chew | chews; chewing
    close_eyes | closes eyes; closes the eyes; closes his eyes; closes her eyes; closes their eyes; eyes closed
    cough | coughs; coughing
    cry | cries; crying; cried
    drink | drinks; drinking
    eat | eats; eating
    frown | frowns; frowning; frowned
    gaze | gazes; gazing; stares; staring
    glare | glares; glaring
    head_wagging | wags head; wags his head; wags her head; wagging head; wagging his head; wagging her head
    kiss | kisses; kissing
    laugh | laughs; laughing; laughed; laughter
    listen_to_music | listens to music; listening to music
    look_around | looks around; looking around; looked around
    make_a_face | makes a face; making a face; grimaces; grimacing
    nod | nods; nodding; nodded
    play_instrument | plays an instrument; playing an instrument; plays the guitar; plays the piano; plays the violin
    read | reads; reading
    shake_head | shakes head; shakes the head; shakes his head; shakes her head; shaking head; shaking his head; \
shaking her head
    shout | shouts; shouting; yells; yelling; screams; screaming
    sigh | sighs; sighing
    sing | sings; singing
    sleep | sleeps; sleeping; asleep
    smile | smiles; smiling; smiled; grins; grinning
    smoke | smokes; smoking
    sneer | sneers; sneering
    sneeze | sneezes; sneezing
    sniff | sniffs; sniffing
    talk | talks; talking; speaks; speaking
    turn | turns; turning; turns head; turns his head; turns her head; turning head
    weep | weeps; weeping; wept; sobs; sobbing
    whisper | whispers; whispering
    wink | winks; winking
    yawn | yawns; yawning
"""
_TIMES = """
    beginning | at first; initially; at the start; at the beginning; in the beginning; begins by
    middle | in the middle; midway; halfway
    end | at the end; in the end; finally; eventually; at last
"""
_SCENES = """
    indoors | indoor; inside a room; in a room; in a studio
    outdoors | outdoor; outside; in the street; in a street; on the street; in a park; in the park
    daylight | in the daytime; sunlight
    night | at night; night time
"""


def _table(name: str, rows: str) -> Labels:
    """A table of names and their other words as a label set without valence or family."""
    names, aliases = list[str](), dict[str, str]()
    for row in rows.strip().splitlines():
        one, _, words = row.strip().partition(" | ")
        names.append(one)
        aliases |= dict.fromkeys(words.split("; "), one)
    return Labels(name, tuple(names), aliases, {}, {})


APPEARANCE = _table("appearance", _APPEARANCE)
ACTIONS = _table("actions", _ACTIONS)
TIMES = _table("times", _TIMES)
SCENES = _table("scenes", _SCENES)
WORDS = {"scene": SCENES, "appearance": APPEARANCE, "action": ACTIONS, "time": TIMES}
"""The tables by the kind of thing they name, in the order of `affect.tree`."""
