"""Your own loop: ask for a configuration, try it however you like, tell how it went."""

import trimtab as tt

if __name__ == "__main__":
    study = tt.create_study({"temperature": tt.Float(20, 90), "minutes": tt.Int(1, 30)}, seed=0)
    for _ in range(20):
        trial = study.ask()
        taste = -((trial.config["temperature"] - 62) ** 2) / 100 - abs(trial.config["minutes"] - 4)
        study.tell(trial, -taste)
    print(study.best_value, dict(study.best_config))
