"""Our own emotion wheels, re-typed from published theory, and what WordNet words are taken for; see make_lexicon.py.

Each wheel is `level1: level2 = level3 words; level2 = ...`. A line that begins with blanks goes on with
the line above. `-` in a category: it has no place on that wheel.
"""

PLUTCHIK = """
joy: serenity = serene; joy = joyful; ecstasy = ecstatic
trust: acceptance = accepting; trust = trusting; admiration = admiring
fear: apprehension = apprehensive; fear = fearful; terror = terrified
surprise: distraction = distracted; surprise = surprised; amazement = amazed
sadness: pensiveness = pensive; sadness = sad; grief = grieving
disgust: boredom = bored; disgust = disgusted; loathing = loathsome
anger: annoyance = annoyed; anger = angry; rage = enraged
anticipation: interest = interested; anticipation = anticipating; vigilance = vigilant
neutral: neutral = neutral
"""
SHAVER = """
love: affection = love, fondness, tenderness, caring; lust = desire, passion, infatuation; longing = yearning
joy: cheerfulness = happiness, delight, amusement, joviality; zest = enthusiasm, excitement, thrill; contentment =
    pleasure; pride = triumph; optimism = hope, eagerness; enthrallment = rapture; relief = relieved
surprise: surprise = amazement, astonishment
anger: irritation = aggravation, annoyance, grumpiness; exasperation = frustration; rage = anger, fury, hostility,
    resentment; disgust = revulsion, contempt; envy = jealousy; torment = tormented
sadness: suffering = agony, anguish, hurt; sadness = depression, despair, grief, misery; disappointment = dismay,
    displeasure; shame = guilt, regret, remorse; neglect = loneliness, humiliation, embarrassment; sympathy = pity
fear: horror = alarm, fright, panic, terror; nervousness = anxiety, tenseness, worry, dread
neutral: neutral = neutral
"""
EKMAN = """
enjoyment: amusement = amused; joy = happy; peace = calm; relief = relieved; pride = proud; compassion = affection;
    wonder = awe; excitement = excited; ecstasy = ecstatic
sadness: disappointment = disappointed; discouragement = discouraged; resignation = resigned; helplessness = helpless;
    hopelessness = hopeless; misery = miserable; despair = desperate; grief = grieving; sorrow = sorrowful; anguish =
    anguished
anger: annoyance = annoyed; frustration = frustrated; exasperation = exasperated; argumentativeness = argumentative;
    bitterness = bitter; vengefulness = vengeful; fury = furious
fear: trepidation = hesitant; nervousness = nervous; anxiety = anxious; dread = dreadful; desperation = worried; panic
    = panicked; horror = horrified; terror = terrified
disgust: dislike = disliking; aversion = averse; distaste = distasteful; repugnance = repugnant; revulsion = revolted;
    abhorrence = abhorrent; loathing = loathsome
surprise: surprise = surprised; astonishment = astonished
contempt: contempt = contemptuous; disdain = disdainful
neutral: neutral = neutral
"""
RUSSELL = """
excited: aroused = aroused, astonished, excited; happy = happy, delighted, glad, pleased
distressed: alarmed = alarmed, tense, afraid; angry = angry, annoyed, frustrated, distressed
depressed: miserable = miserable, sad, depressed, gloomy; bored = bored, droopy, tired
contented: satisfied = satisfied, content, serene; calm = calm, at ease, relaxed, sleepy
neutral: neutral = neutral
"""
IZARD = """
interest: attentive = attentive, alert, concentrating
enjoyment: delighted = delighted, happy, joyful
surprise: surprised = surprised, amazed, astonished
sadness: downhearted = downhearted, sad, discouraged
anger: enraged = enraged, angry, mad
disgust: disgusted = disgusted, distaste, revulsion
contempt: contemptuous = contemptuous, scornful, disdainful
fear: scared = scared, fearful, afraid
guilt: guilty = guilty, repentant, blameworthy
shame: ashamed = ashamed, embarrassed, humiliated
shyness: shy = shy, sheepish, bashful
neutral: neutral = neutral
"""
WHEELS = (PLUTCHIK, SHAVER, EKMAN, RUSSELL, IZARD)

CATEGORIES = """
joy | joy happiness joy happy happy | joy joyful happy happiness cheerful cheer glad delight delighted merry jolly
    elated elation exhilarated gladness pleased smiling jubilant gleeful joyous cheerfulness joviality positive upbeat
ecstasy | ecstasy rapture ecstasy excited joyful | ecstasy ecstatic rapture euphoria euphoric bliss blissful overjoyed
amusement | joy amusement amusement happy happy | amusement amused playful mirth humorous playfulness mischievous
    joking
calm | serenity contentment peace calm - | calm calmness serenity serene peace peaceful relaxed relaxation tranquil
    tranquillity composed composure placid at-ease ease unruffled soothed quiet easygoing
contentment | serenity contentment peace content happy | content contentment contented satisfied satisfaction
    fulfilled fulfillment pleasure enjoyment comfort comfortable gratified gratification
relief | serenity relief relief relaxed delighted | relief relieved reassured
excitement | ecstasy excitement excitement excited alert | excitement excited aroused thrill thrilled enthusiasm
    enthusiastic eager eagerness zest lively animated energetic passionate zeal zealous exuberant exuberance fervor
    ardor
pride | joy pride pride satisfied delighted | pride proud triumph triumphant self-satisfied self-esteem accomplished
    smug
confidence | trust optimism pride satisfied - | confidence confident assured self-assured self-confidence determined
    determination resolute brave courage courageous bold certain firm fearless
hope | anticipation hope joy pleased attentive | hope hopeful optimism optimistic encouraged expectant
anticipation | anticipation eagerness excitement excited attentive | anticipation anticipating expectation
    anticipatory
interest | interest eagerness excitement aroused attentive | interest interested curious curiosity intrigued attentive
    focused concentrating concentration fascinated fascination absorbed engaged serious alert thoughtful earnest
trust | trust caring compassion satisfied - | trust trusting acceptance accepting friendly friendliness sincere
    respectful respect admire admiration admiring approving approval appreciation appreciative supportive agreement
    faith
gratitude | acceptance affection compassion pleased delighted | gratitude grateful thankful thankfulness
love | trust love affection happy joyful | love loving affection affectionate fondness fond tenderness tender caring
    care warm warmth adoration devotion intimate attachment attracted romantic kind gentle
sympathy | sadness sympathy compassion sad - | sympathy sympathetic compassion compassionate pity empathy empathetic
    empathic
desire | anticipation desire excitement aroused attentive | desire lust passion longing yearning craving infatuation
    temptation want wistful nostalgia nostalgic
awe | amazement enthrallment awe astonished amazed | awe awed wonder reverence impressed moved touched
surprise | surprise surprise surprise astonished surprised | surprise surprised astonished astonishment amazed
    amazement shocked shock startled stunned taken-aback incredulous disbelief dumbfounded unexpected stupefaction
confusion | distraction surprise surprise distressed surprised | confusion confused puzzled puzzlement perplexed
    perplexity bewildered bewilderment baffled doubt doubtful uncertain uncertainty hesitant hesitation questioning
    skeptical suspicious suspicion distracted distraction disoriented
anger | anger anger fury angry angry | anger angry mad fury furious rage enraged outrage outraged irate wrath
    indignation indignant incensed infuriated hostile hostility aggressive aggression hate hatred vengeful belligerent
    confrontational accusatory malice ill-will
annoyance | annoyance annoyance annoyance annoyed angry | annoyance annoyed annoying irritation irritated irritating
    irritable vexation aggravated displeased displeasure impatient impatience grumpy cranky bothered disapproving
    disapproval complaining critical stern discontent discontented dissatisfied dissatisfaction sullen defiant
    stubborn argumentative argumentativeness grumpiness
frustration | annoyance frustration frustration frustrated angry | frustration frustrated exasperation exasperated
    defeated thwarted
bitterness | annoyance resentment bitterness annoyed angry | bitterness bitter resentment resentful grudge aggrieved
envy | annoyance envy bitterness annoyed angry | envy envious jealous jealousy covetous
disgust | disgust disgust revulsion distressed disgusted | disgust disgusted averse distasteful loathsome repugnant
    disliking revulsion repulsed revolted repugnance distaste aversion dislike loathing abhorrence nauseated nausea
    repelled sickened antipathy
contempt | disgust contempt contempt annoyed contemptuous | contempt contemptuous scorn scornful disdain disdainful
    mocking sarcastic sarcasm sneering arrogant condescending disrespect ridicule ironic
fear | fear fright terror afraid scared | fear fearful afraid scared frightened frightening fright terror terrified
    horror horrified panic panicked alarm alarmed dread petrified timid intimidated threatened cowardly
anxiety | apprehension anxiety anxiety tense scared | anxiety anxious worry worried nervous nervousness uneasy unease
    uneasiness apprehension apprehensive tense tenseness tension stress stressed concerned concern restless agitated
    agitation distress distressed disturbed jittery insecure vulnerable overwhelmed cautious wary vigilance vigilant
    trepidation urgent unsettled troubled upset
sadness | sadness sadness sorrow sad sad | sadness sad unhappy unhappiness sorrow sorrowful sorry melancholy
    melancholic gloom gloomy downcast dejected dejection crying tearful weepy heartbroken blue depressed depression
    miserable misery downhearted mournful somber low negative
grief | grief grief grief miserable sad | grief grieving desperation mourning bereavement despair desperate hopeless
    hopelessness anguish anguished tormented agony devastated suffering pain pained hurt torment woe
disappointment | sadness disappointment disappointment sad discouraged | disappointment disappointed letdown
    discouraged disheartened dismay dismayed disillusioned discouragement resigned resignation
helplessness | sadness despair helplessness depressed discouraged | helplessness helpless powerless powerlessness weak
    inadequate
loneliness | pensiveness loneliness sorrow sad sad | loneliness lonely alone isolated neglect neglected rejected
    abandoned unloved homesick
shame | sadness shame misery distressed ashamed | shame ashamed embarrassment embarrassed awkward awkwardness
    humiliated humiliation mortified chagrin inferior
shyness | apprehension embarrassment nervousness tense shy | shy shyness bashful sheepish self-conscious timidity coy
guilt | sadness guilt misery distressed guilty | guilt guilty remorse remorseful regret regretful apologetic
    blameworthy repentant contrite contrition
pensiveness | pensiveness - - - attentive | pensive pensiveness contemplative reflective wistfulness
boredom | boredom - - bored - | boredom bored indifferent indifference apathy apathetic uninterested disinterested
    weary dull listless
fatigue | pensiveness - - tired - | fatigue tired exhausted exhaustion sleepy weariness droopy drained
neutral | neutral neutral neutral neutral neutral | neutral neutrality emotionless impassive expressionless deadpan
    unemotional
"""

_PLAIN = """
affect alert alerts alone apprehend attach attached bad bite blue bother bug bugs burden care cares certain certainly
    chill close closed cold complex cool cut dead die died dies down dull ease emotion emotional emotionally emotions
    enjoy esteem evil expect expression fail faith fancy favor favour feel feeling feelings find fire firm floor fuss
    get give glow go good hard head heart heat hit hold ill ills impression interest interesting keep kick kind kinds
    level like liked likes look lose lost low mean means mind mood move moved moving nag nags open pain passion please
    pleasing prefer prick put quick quiet quietly racy rank raw regard regards sense sex sexy shadow sick soft soul
    spirit stand state still sting stir strike struck suffer suffers sympathize take thing tickle touch touched want
    wanted wanting wants warm weight well work
"""
PLAIN = frozenset(_PLAIN.split())
"""Words that WordNet lists among feelings and that are mostly used of something else; kept only where typed above."""
