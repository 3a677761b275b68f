"""What a type checker must understand; mypy --strict reads it, nobody runs it."""

from __future__ import annotations

import seqrec

model: seqrec.Model = seqrec.load("run", unknown_items="error")
answers: seqrec.Recommendations = model.recommend([["b1", 2], ["b3"]], k=3, exclude=["b4"], filter_viewed=True)
best: seqrec.Recommendation = answers[0][0]
item: str = best.item
score: float = best.score
several: list[list[seqrec.Recommendation]] = answers[:2]
shape: tuple[int, ...] = model.item_vectors().shape
with model.session(["b1"], user="u1") as session:
    session.append("b2")
    after: list[seqrec.Recommendation] = session.recommend(5)
run: seqrec.Run = seqrec.fit("data/shop", "SHAN", epochs=3, callback=lambda event: print(event["event"]))
ndcg: float = run.test["ndcg@10"]
print(seqrec.compare(run, "runs/other"), seqrec.evaluate(run)["test"], run.recommend(["u1"], 10, filter_viewed=True))
