#!/usr/bin/env python3
"""Turns a RecBole checkpoint (.pth) into weights for `seqrec import`.

usage: recbole_to_safetensors.py CHECKPOINT.pth OUT.safetensors

Needs torch and safetensors, RecBole itself is not needed. A checkpoint is a pickle of many objects, which could run any
code when it is read; here only tensors are made, everything else becomes an empty stand-in. Only parameters and buffers
are written, under RecBole's names.
"""
import pickle
import sys
import types

try:
    import torch
    from safetensors.torch import save_file
except ImportError as error:
    sys.exit(f"recbole_to_safetensors: {error}; install it with: pip install torch safetensors")

# All that a state_dict is made of. torch.load resolves storages by itself.
ALLOWED = {
    ("collections", "OrderedDict"),
    ("torch._utils", "_rebuild_tensor_v2"),
    ("torch._utils", "_rebuild_parameter"),
    ("torch", "Size"),
}


class StandIn(dict):
    """What any other object in the checkpoint becomes: swallows whatever the pickle does to it."""

    def __new__(cls, *args, **kwargs):
        return super().__new__(cls)

    def __init__(self, *args, **kwargs):
        super().__init__()

    def __setstate__(self, state):
        pass

    def __call__(self, *args, **kwargs):
        return StandIn()

    def append(self, value):
        pass

    def extend(self, values):
        pass

    __hash__ = object.__hash__


class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        return super().find_class(module, name) if (module, name) in ALLOWED else StandIn


def read_state(path):
    safe_pickle = types.ModuleType("safe_pickle")
    safe_pickle.Unpickler = Unpickler
    safe_pickle.load = lambda file, **options: Unpickler(file, **options).load()
    checkpoint = torch.load(path, map_location="cpu", weights_only=False, pickle_module=safe_pickle)
    state = checkpoint.get("state_dict") if isinstance(checkpoint, dict) else None
    if not state or not all(isinstance(tensor, torch.Tensor) for tensor in state.values()):
        raise ValueError("it holds no state_dict: not a RecBole checkpoint")
    return state


def main():
    if len(sys.argv) != 3 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    source, target = sys.argv[1:]
    try:
        state = read_state(source)
    except Exception as error:  # whatever a damaged file runs into
        sys.exit(f"recbole_to_safetensors: can't read {source}: {type(error).__name__}: {error}")
    # A copy each: safetensors refuses tensors that share memory.
    save_file({name: tensor.detach().clone().contiguous() for name, tensor in state.items()}, target)
    for name, tensor in state.items():
        print(f"{name:40} {tuple(tensor.shape)}")


if __name__ == "__main__":
    main()
