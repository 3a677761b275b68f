"""A small dataset of made-up purchases, as atomic files: what every model trains on in a few milliseconds."""

import random

GENRES = ["Drama", "Comedy", "Crime", "Travel", "Nature"]


def write(folder, users=30, items=40):
    """FOLDER/shop/shop.inter, .item and .user; always the same. The first four users have had a quarter of the items each, in
    order, so that item iN and user uN have the id N, which call_arguments.h counts on."""
    draw = random.Random(1)
    path = folder / "shop"
    path.mkdir(parents=True)
    lines = ["user_id:token\titem_id:token\trating:float\ttimestamp:float"]
    for user in range(1, users + 1):
        at = draw.randrange(items)
        walk = [at := (at + draw.choice([1, 1, 1, 2, 5, 7])) % items for _ in range(draw.randrange(6, 14))]
        for time, at in enumerate(walk if user > 4 else range((user - 1) * items // 4, user * items // 4)):
            lines.append(f"u{user}\ti{at + 1}\t{draw.randrange(1, 6)}\t{1000 * user + time}")
    (path / "shop.inter").write_text("\n".join(lines) + "\n")
    lines = ["item_id:token\ttitle:token_seq\tclass:token_seq\tyear:float"]
    for item in range(1, items + 1):
        classes = " ".join(draw.sample(GENRES, draw.randrange(1, 4)))
        lines.append(f"i{item}\tBook number {item}\t{classes}\t{draw.randrange(1950, 2020)}")
    (path / "shop.item").write_text("\n".join(lines) + "\n")
    lines = ["user_id:token\tage:token\tgender:token"]
    for user in range(1, users + 1):
        lines.append(f"u{user}\t{draw.randrange(18, 70)}\t{draw.choice('FM')}")
    (path / "shop.user").write_text("\n".join(lines) + "\n")
