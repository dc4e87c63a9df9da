"""What a page calls the metrics, and what they are in a few words."""

TITLES = {
    "emotion_accuracy": ("Emotion accuracy", "share of right emotions (WAR)"),
    "uar": ("Balanced accuracy", "mean recall of the emotions (UAR)"),
    "wheel_f": ("Wheel F", "sets of words by cluster: F of mean precision and recall, mean of five wheels"),
    "wheel_precision": ("Wheel precision", "share of the said clusters that are annotated"),
    "wheel_recall": ("Wheel recall", "share of the annotated clusters that are said"),
    "au_f1": ("Action units, micro F1", "all units and samples pooled"),
    "au_f1_macro": ("Action units, macro F1", "mean over the fixed units"),
    "parse_rate": ("Parse rate", "answers in the asked form"),
    "mean_reward": ("Mean reward", "as the training sees it"),
}


def greedy(metric: str) -> str:
    """The title of a metric where answers are compared that were not drawn; a metric without one by its name."""
    if metric == "mean_reward":
        return "Mean reward of the greedy answer"
    return TITLES[metric][0] if metric in TITLES else metric.replace("_", " ")
