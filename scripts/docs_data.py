"""What stands in for the datasets that the pages name, when scripts/check_docs runs their commands: the built-in bookshop,
made small, in the layout, columns and ids of each."""

import csv
import datetime
import subprocess
from pathlib import Path


def write(path: Path, rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))


def write_datasets(seqrec: Path, folder: Path) -> None:
    """FOLDER/data/ with ml-100k, april, may, lastfm, amazon-beauty, diginetica and food, and FOLDER/clicks.csv and products.csv."""
    shop = folder / "shop"
    subprocess.run([seqrec, "demo", "--users", "60", "--epochs", "0", "--out", shop], check=True, capture_output=True)
    table = lambda kind: [line.split("\t") for line in (shop / f"data/books/books.{kind}").read_text().splitlines()[1:]]
    number = lambda user: str(140 + int(user[1:]))  # user 196 is one of them
    clicks = [(number(user), item[1:], rating, time) for user, item, rating, time in table("inter")]
    books = [(item[1:], title, kind) for item, title, kind in table("item")]
    readers = [(number(user), age, occupation) for user, age, occupation in table("user")]
    data = folder / "data"

    header = ("user_id:token", "item_id:token", "rating:float", "timestamp:float")
    write(data / "ml-100k/ml-100k.inter", [header, *clicks])
    write(data / "ml-100k/ml-100k.item",
          [("item_id:token", "movie_title:token_seq", "release_year:token", "class:token_seq"),
           *((item, title, 1980 + int(item) % 19, kind) for item, title, kind in books)])
    write(data / "ml-100k/ml-100k.user",
          [("user_id:token", "age:token", "gender:token", "occupation:token", "zip_code:token"),
           *((user, age, "FM"[int(user) % 2], occupation, 10000 + int(user)) for user, age, occupation in readers)])

    by_time = sorted(clicks, key=lambda click: int(click[3]))
    write(data / "april/april.inter", [header, *by_time[:len(by_time) * 4 // 5]])
    write(data / "may/may.inter", [header, *by_time])

    for name in ("lastfm", "amazon-beauty"):
        write(data / f"{name}/{name}.inter",
              [("user_id:token", "item_id:token", "timestamp:float"), *((u, i, time) for u, i, _, time in clicks)])
        write(data / f"{name}/{name}.item",
              [("item_id:token", "class:token_seq"), *((item, kind) for item, _, kind in books)])

    # Every prefix of a session is a row; the last fifth of the sessions are the test's.
    sessions = {}
    for user, item, _, _ in by_time:
        sessions.setdefault(user, []).append(item)
    rows = [(session, " ".join(items[:n]), items[n])
            for session, items in sessions.items() for n in range(1, min(len(items), 6))]
    header = ("session_id:token", "item_id_list:token_seq", "item_id:token")
    cut = len(rows) * 4 // 5
    write(data / "diginetica/diginetica.train.inter", [header, *rows[:cut]])
    write(data / "diginetica/diginetica.test.inter", [header, *rows[cut:]])

    eaten = [1, 2, 3, 4, 4, 5, 6, 7, 8, 4] * 3  # of which docs/your-data.md shows what is said
    write(data / "food/food.inter", [("user_id:token", "item_id:token", "timestamp:float"),
                                     *((n % 3, item, n) for n, item in enumerate(eaten))])
    write(data / "food/food.item", [("item_id:token", "title:token_seq"), *((item, f"dish {item}") for item in (1, 2, 3))])

    write_clicks(seqrec, folder)


def write_clicks(seqrec: Path, folder: Path) -> None:
    """FOLDER/clicks.csv and products.csv, the reader's own files in README.md."""
    shop = folder / "bookshop"
    subprocess.run([seqrec, "demo", "--users", "400", "--epochs", "0", "--out", shop], check=True, capture_output=True)
    rows = [line.split("\t") for line in (shop / "data/books/books.inter").read_text().splitlines()[1:]]
    date = lambda time: datetime.datetime.fromtimestamp(int(time), datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
    with (folder / "clicks.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("time", "visitor", "product"), *sorted((date(time), u, i) for u, i, _, time in rows)])
    books = [line.split("\t") for line in (shop / "data/books/books.item").read_text().splitlines()[1:]]
    with (folder / "products.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("product", "name"), *((item, title) for item, title, _ in books)])
