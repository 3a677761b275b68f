"""The SR-GNN authors' split of diginetica, a row for each prefix of a session, as interactions with an order in time.

The sessions stand in the files by date, those of training before those of the test; of each the longest prefix comes
first. The files have no times: a session's number is its date here, and an item's place in it the order within."""


def sessions(path):
    """The items of each session, in the file's order."""
    found, expected = [], 0
    with open(path) as file:
        columns = next(file).rstrip("\n").split("\t")
        if columns != ["session_id:token", "item_id_list:token_seq", "item_id:token"]:
            raise SystemExit(f"{path}: expected the columns session_id, item_id_list and item_id, got {columns}")
        for number, line in enumerate(file, 2):
            _, prefix, target = line.rstrip("\n").split("\t")
            items = prefix.split(" ") + [target]
            if expected == 0:
                found.append(items)
            elif items != found[-1][:expected]:
                raise SystemExit(f"{path}:{number}: expected the session of the row before without its last item")
            expected = len(items) - 1 if len(items) > 2 else 0
    return found


def write_recent(source, folder, share):
    """NAME.inter in a new folder of that name: the last of every `share` training sessions and all of the test, but for
    items (and sessions that lose all others) which these training sessions lack. Returns the time the test begins at."""
    train = sessions(source / "diginetica.train.inter")
    train = train[len(train) - len(train) // share:]
    known = {item for session in train for item in session}
    test = [[item for item in session if item in known] for session in sessions(source / "diginetica.test.inter")]
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{folder.name}.inter.part"
    with open(part, "w") as file:
        file.write("session_id:token\titem_id:token\ttimestamp:float\n")
        for date, session in enumerate(train + [session for session in test if len(session) > 1]):
            for place, item in enumerate(session):
                file.write(f"{date}\t{item}\t{1000 * date + place}\n")
    part.rename(folder / f"{folder.name}.inter")
    return 1000 * len(train)
