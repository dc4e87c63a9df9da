"""Papers that several benchmarks cite."""

FACIAL_R1 = "numbers printed by Facial-R1 (arXiv 2511.10254, withdrawn in June 2026)"
R1_OMNI = "Zhao et al., R1-Omni (arXiv 2503.05379)"
UNIBENCH = "Lian et al., AffectGPT (ICML 2025, arXiv 2501.16566)"
VIDEMO = "Zhang et al., VidEmo (NeurIPS 2025, arXiv 2511.02712)"
