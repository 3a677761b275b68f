"""RecBole's search of hyper-parameters as its run_hyper makes it, for bench/compare_tune: prints a JSON object per trial and one
`best`.

usage: recbole_hyper.py THREADS ALGORITHM SPACE CONFIG_FILE...

The key full_sort is recbole_setup's.
"""
import json
import sys
import time

try:  # recbole_setup puts up with its absence
    import hyperopt
except Exception as error:  # of it, or of what it imports
    sys.exit(f"recbole_hyper: hyperopt can't be imported ({type(error).__name__}: {error}); "
             f"{sys.executable} -m pip install hyperopt==0.2.5 'setuptools<81'")
import recbole_setup  # before RecBole
import torch
from recbole.config import Config
from recbole.quick_start import objective_function
from recbole.trainer import HyperTuning

threads, algorithm, space, *files = sys.argv[1:]
sys.argv = sys.argv[:1]  # RecBole reads the command line
events, sys.stdout = sys.stdout, sys.stderr  # whatever RecBole prints is no event
torch.set_num_threads(int(threads))


def objective(settings, config_files):
    begin = time.perf_counter()
    result = objective_function(settings, config_files, saved=True)
    print(json.dumps({"event": "trial", "settings": settings, "valid": float(result["best_valid_score"]),
                      "seconds": time.perf_counter() - begin}), file=events, flush=True)
    return result


recbole_setup.mend(Config(config_file_list=files))
search = HyperTuning(objective, algo=algorithm, early_stop=10**6, params_file=space, fixed_config_file_list=files)
search.run()
print(json.dumps({"event": "best", "settings": search.best_params, "valid": float(search.best_score)}), file=events, flush=True)
