"""Words of other frameworks, and ours for them: for whoever comes from there and types what the fingers know.

Only words that are not ours stand here; an attribute that does not exist says which one does. The names are
those of Optuna (Akiba et al. 2019, Optuna: a next-generation hyperparameter optimization framework).
"""

from trimtab.plugin import did_you_mean

PACKAGE = {
    "samplers": "trimtab.sampler, or a name: create_study(sampler='tpe')",
    "pruners": "trimtab.scheduler, or a name: create_study(scheduler='median')",
    "distributions": "trimtab.Float, Int, Categorical, Ordinal",
    "storages": "a path or url: create_study(storage='study.db'), or trimtab.SQLite, PostgreSQL, Memory",
    "trial": "trimtab.Trial while it runs, trimtab.Record afterwards, trimtab.TrialState",
    "exceptions": "trimtab.errors",
    "visualization": "trimtab.viz.report.write_report(study, 'report.html'), or `trimtab card`",
    "importance": "the report: trimtab.viz.report.write_report(study, 'report.html')",
    "logging": "logging.getLogger('trimtab'), and optimize(..., progress=False)",
    "copy_study": "`trimtab export`, or create_study and study.enqueue",
    "get_all_study_names": "trimtab.SQLite(path).studies(), or `trimtab show STORAGE`",
    "get_all_study_summaries": "trimtab.SQLite(path).studies(), or `trimtab show STORAGE`",
}
STUDY = {
    "enqueue_trial": "study.enqueue(config)",
    "add_trial": "study.enqueue(config), then trial = study.ask() and study.tell(trial, value)",
    "add_trials": "study.enqueue(configs), then trial = study.ask() and study.tell(trial, value)",
    "trials_dataframe": "study.dataframe()",
    "get_trials": "study.trials",
    "study_name": "study.name",
    "sampler": "create_study(sampler=...); load_study(sampler=...) goes on with another one",
    "pruner": "create_study(scheduler=...); load_study(scheduler=...) goes on with another one",
    "metric_names": "create_study(direction={'loss': 'minimize'}), or study.name_metrics(('loss',))",
    "set_metric_names": "create_study(direction={'loss': 'minimize'}), or study.name_metrics(('loss',))",
    "system_attrs": "study.user_attrs",
    "set_system_attr": "study.set_user_attr(key, value)",
}
TRIAL = {
    "distributions": "study.space, where all domains are",
    "relative_params": "trial.config",
    "system_attrs": "trial.user_attrs",
    "set_system_attr": "trial.set_user_attr(key, value)",
    "set_constraint": "return trimtab.Result(value, constraints=[...])",
    "datetime_start": "study.trials[trial.number].started, in Unix seconds",
}
RECORD = {
    "distributions": "study.space, where all domains are",
    "intermediate_values": "record.reports",
    "datetime_start": "record.started, in Unix seconds",
    "datetime_complete": "record.ended, in Unix seconds",
    "duration": "record.seconds",
    "system_attrs": "record.user_attrs",
    "last_step": "max(record.reports)",
}


def no_attribute(owner: str, name: str, words: dict[str, str], known: list[str]) -> AttributeError:
    """That there is no such attribute, with our word for it, or the nearest of those there are."""
    if name in words:
        return AttributeError(f"{owner} has no {name!r}; use {words[name]}")
    public = [] if name.startswith("_") else [word for word in known if not word.startswith("_")]
    return AttributeError(f"{owner} has no attribute {name!r}{did_you_mean(name, public)}")
