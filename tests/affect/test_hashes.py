from affectreason.affect.hashes import short


def test_a_hash_is_the_same_everywhere():
    assert short("") == 0xE4A6A0577479B2B4
    assert short("a") != short("b")
    assert short("\udcff") != short("\udcfe")  # a file name that is not UTF-8
