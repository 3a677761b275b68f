"""What a disk may hold after the power was lost: a model of files and folders in which a change lasts once it was
synchronised, and until then may be there, in part, or not."""

import pathlib
import random


class File:
    def __init__(self, data=b""):
        self.now, self.lasting, self.pending = bytearray(data), bytes(data), []

    def change(self, change):
        self.pending.append(change)
        self.now = apply(self.now, change)

    def sync(self):
        self.lasting, self.pending = bytes(self.now), []


def apply(data, change):
    offset, written = change
    data = bytearray(data)
    if written is None:  # a truncation
        return data[:offset] + b"\0" * (offset - len(data))
    if not written:
        return data
    return data[:offset] + b"\0" * (offset - len(data)) + written + data[offset + len(written):]


class Disk:
    """Names map to files, or to None for a folder. A change of names is (folder, {path: file, or ...}), `...` for one
    that is no more; a rename is one change of two names, which happens as a whole."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.names, self.open = {}, {}
        for path in sorted(self.root.rglob("*")):
            self.names[str(path)] = File(path.read_bytes()) if path.is_file() else None
        self.lasting, self.pending = dict(self.names), []
        self.seen = {path: {bytes(file.now)} for path, file in self.names.items() if file}

    def rename_all(self, *changes):
        folder = str(pathlib.Path(next(iter(changes[-1]))).parent)
        merged = {path: file for change in changes for path, file in change.items()}
        self.pending.append((folder, merged))
        update(self.names, merged)

    def make(self, call):
        """Makes a call of record.c's on all that is known."""
        getattr(self, "make_" + call.name)(call)

    def make_open(self, call):
        if call.path not in self.names and call.creates:
            self.rename_all({call.path: File()})
        file = self.names.get(call.path)
        self.open[call.fd] = (call.path, file)
        if file and call.truncates and file.now:
            file.change((0, None))

    def make_write(self, call):
        self.open[call.fd][1].change((call.offset, call.data))

    def make_ftruncate(self, call):
        self.open[call.fd][1].change((call.size, None))

    def make_rename(self, call):
        file = self.names[call.source]
        self.seen.setdefault(call.path, set()).add(bytes(file.now))
        self.rename_all({call.source: ...}, {call.path: file})

    def make_unlink(self, call):
        self.rename_all({call.path: ...})

    make_remove = make_rmdir = make_unlink

    def make_mkdir(self, call):
        self.rename_all({call.path: None})

    def make_fsync(self, call):
        path, file = self.open[call.fd]
        if file:
            file.sync()
            return
        for folder, change in self.pending:
            if folder == path:
                update(self.lasting, change)
        self.pending = [(folder, change) for folder, change in self.pending if folder != path]

    make_fdatasync = make_fsync

    def after_loss(self, how, seed=0):
        """Path -> bytes, or None for a folder. `how`: "all" (nothing is lost), "least" (all that wasn't synchronised is
        lost), "order" (of the names an early part lasts, as a journal keeps them), "any" (any part of them); the last two
        keep of a file's data what chance has it."""
        draw = random.Random(seed)
        names = dict(self.lasting)
        last = draw.randrange(len(self.pending) + 1)
        for i, (_, change) in enumerate(self.pending):
            if how == "all" or (how == "order" and i < last) or (how == "any" and draw.random() < 0.5):
                update(names, change)
        out = {}
        for path, file in names.items():
            if all(names.get(str(parent), ...) is None for parent in pathlib.Path(path).parents
                   if parent.is_relative_to(self.root) and parent != self.root):
                out[path] = file and self.data_after_loss(file, how, draw)
        return out

    @staticmethod
    def data_after_loss(file, how, draw):
        if how == "all":
            return bytes(file.now)
        data = bytearray(file.lasting)
        if how == "least":
            return bytes(data)
        for offset, written in file.pending:
            fate = draw.choice(["kept", "lost", "torn"])
            if written is None or fate == "kept":
                data = apply(data, (offset, written))
            elif fate == "torn":
                data = apply(data, (offset, written[:draw.randrange(len(written) + 1)]))
        return bytes(data)


def update(names, change):
    for path, file in change.items():
        if file is ...:
            names.pop(path, None)
        else:
            names[path] = file
