from affectreason.model.lengths import limits, quantiles


def test_vllms_own_limit_counts_where_vllm_is_used(recipe):
    train = {"grpo__train__max_completion_length": 30}
    with_vllm = {**train, "grpo__train__vllm_max_model_length": 60, "grpo__train__use_vllm": True}
    assert limits(recipe(**with_vllm).stage("grpo"), None)[0][:3] == ("grpo.train.vllm_max_model_length", 60, 30)
    assert limits(recipe(**train).stage("grpo"), None) == []


def test_quantiles():
    assert quantiles(list(range(1, 101))) == "1 / 50 / 95 / 100"
    assert quantiles([7]) == "7 / 7 / 7 / 7"
