"""The file calls that record.c wrote down."""

import os


class Call:
    def __init__(self, fields, data):
        self.name, fd, flags, offset, size, self.path, self.source = fields
        self.fd, self.flags, self.offset, self.size, self.data = int(fd), int(flags), int(offset), int(size), data

    @property
    def creates(self):
        return bool(self.flags & os.O_CREAT)

    @property
    def truncates(self):
        return bool(self.flags & os.O_TRUNC)


def read(file):
    content, at, out = file.read_bytes(), 0, []
    while at < len(content):
        end = content.index(b"\n", at)
        fields = content[at:end].decode().split("\t")
        size = int(fields[4]) if fields[0] == "write" else 0
        out.append(Call(fields, content[end + 1:end + 1 + size]))
        at = end + 1 + size
    return out


def record(shop, arguments, folder):
    """The calls of a command that must work on the files below a folder."""
    told = folder.with_name(folder.name + ".recorded")
    told.unlink(missing_ok=True)
    shop.must(arguments, {"LD_PRELOAD": shop.record, "TORTURE_UNDER": folder, "TORTURE_TOLD": told})
    return read(told) if told.exists() else []
