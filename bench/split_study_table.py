"""The tables of bench/split_study: metrics by split, and how the order of models changes between two splits."""
import itertools
import json
import math
import statistics
import subprocess
from pathlib import Path

from rows import read_rows

DOCS = Path(__file__).resolve().parent.parent / "docs/results.md"
BEGIN, END = "<!-- split study -->\n", "<!-- end of split study -->"
K = 10


def gains(rows, last):
    """NDCG@10 of each test row; `last`: of each user's last one alone."""
    chosen = range(len(rows["rank"]))
    if last:
        latest = {}
        for i in chosen:
            user = rows["user"][i]
            if user not in latest or rows["history_length"][i] > rows["history_length"][latest[user]]:
                latest[user] = i
        chosen = latest.values()
    return [1 / math.log2(rows["rank"][i] + 1) if rows["rank"][i] <= K else 0.0 for i in chosen]


def short(number, digits=4):
    return f"{number:.{digits}f}".replace("0.", ".", 1)


class Column:
    """What a dataset's runs came to: NDCG@10 of each model by seed, and which pairs were found to differ (by seqrec
    compare, which knows the rows that were tested, not the last ones of them)."""

    def __init__(self, study, dataset, splits, last):
        self.values, self.rows, self.differ = {}, 0, set()
        runs = {}
        for at, split, model, seed in study.queue():
            folder = study.run_folder(at, split, model, seed)
            if at != dataset or split not in splits or not (folder / "result.json").exists():
                continue
            of_rows = gains(read_rows(folder / "rows.safetensors"), last)
            self.rows = len(of_rows)
            self.values.setdefault(model, []).append(statistics.fmean(of_rows))
            runs.setdefault(model, []).append(folder)
        if not last and len(runs) > 1:
            self.compare(study, runs)

    def compare(self, study, runs):
        command = [study.options.seqrec, "compare", *itertools.chain(*runs.values()), "--metrics", "NDCG", "--topk",
                   str(K), "--threads", str(study.options.threads), "--format", "json"]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        models = [of["model"] for of in found["configurations"]]
        for pair in found["strata"][0]["differences"]:
            if pair["found"]:
                self.differ.add(frozenset((models[pair["first"]], models[pair["second"]])))

    def mean(self, model):
        return statistics.fmean(self.values[model])

    def order(self):
        return sorted(self.values, key=self.mean, reverse=True)

    def cell(self, model):
        if model not in self.values:
            return "", ""
        of_seeds = self.values[model]
        spread = f" ({short(statistics.stdev(of_seeds))})" if len(of_seeds) > 1 else ""
        order = self.order()
        place = order.index(model)
        alike = place > 0 and self.differ and frozenset((model, order[place - 1])) not in self.differ
        return short(self.mean(model)) + spread, f"{place + 1}{'=' if alike else ''}"


def kendall(one, other):
    """Tau between two orders, the models that both have, and those pairs of them that changed."""
    models = [model for model in one.order() if model in other.values]
    changed = [(a, b) for a, b in itertools.combinations(models, 2) if other.mean(a) < other.mean(b)]
    pairs = len(models) * (len(models) - 1) // 2
    return 1 - 2 * len(changed) / pairs if pairs else math.nan, models, changed


def tables(study):
    by_split, by_order = [], []
    for dataset in study.datasets:
        columns = {title: Column(study, dataset, *what) for title, what in study.columns(dataset).items()}
        first = next(iter(columns.values()))
        seeds = {model: [str(len(of.values.get(model, []))) for of in columns.values()] for model in first.values}
        names = [f"{split} ({of.rows:,} rows)" for split, of in columns.items()]
        by_split += ["", f"| {dataset} | seeds | " + " | ".join(f"{name} | #" for name in names) + " |",
                     "|---|---|" + "---|---|" * len(columns)]
        for model in first.order():
            cells = itertools.chain(*(of.cell(model) for of in columns.values()))
            of_all = "/".join(seeds[model] if len(set(seeds[model])) > 1 else seeds[model][:1])
            by_split.append(f"| {model} | {of_all} | " + " | ".join(cells) + " |")
        by_split += ["", "<!-- plot: dots", "label: NDCG@10", "columns: " + " | ".join(names), "-->",
                     f"![NDCG@10 on {dataset}, and its deviation over seeds](images/split-{dataset}.svg)"]
        for split, column in list(columns.items())[1:]:
            tau, models, changed = kendall(first, column)
            pairs = len(models) * (len(models) - 1) // 2
            apart = ["", ""]
            if column.differ:
                told = [sum(pair <= set(models) for pair in of.differ) for of in (first, column)]
                apart = [f"{told[0]}, {told[1]}", both(changed, first, column)]
            by_order.append(f"| {dataset}, {split} | {len(models)} | {short(tau, 2)} | {len(changed)} of {pairs} | "
                            f"{' | '.join(apart)} |")
    return "\n".join(by_split + ["", "| from leave-one-out to | models | Kendall's tau | pairs that changed | pairs told "
                                 "apart under each | changed and told apart under both |",
                                 "|---|---|---|---|---|---|"] + by_order) + "\n"


def both(changed, one, other):
    sure = [pair for pair in changed if frozenset(pair) in one.differ & other.differ]
    return ", ".join(f"{a} and {b}" for a, b in sure) or "none"


def write(study):
    found = tables(study)
    print(found)
    text = DOCS.read_text()
    DOCS.write_text(text[:text.index(BEGIN) + len(BEGIN)] + found + "\n" + text[text.index(END):])
