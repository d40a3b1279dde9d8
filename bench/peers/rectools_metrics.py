"""Five metrics of ready lists with RecTools, from ready DataFrames, as bench/classical.cc measures ten. Prints one JSON line.

    rectools_metrics.py TEST LISTS [RUNS]     "user<TAB>item" lines with numbers; LISTS in order of rank, ten a user
"""
import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")
import pandas as pd
import rectools
from rectools.metrics import MRR, HitRate, NDCG, Precision, Recall, calc_metrics

RUNS = int(sys.argv[3]) if len(sys.argv) > 3 else 3
test, lists = (pd.read_csv(path, sep="\t", names=["user_id", "item_id"]) for path in sys.argv[1:3])
lists = lists[lists.user_id.isin(test.user_id.unique())].copy()
lists["rank"] = lists.groupby("user_id").cumcount() + 1
lists["score"] = -lists["rank"].astype(float)
wanted = {"ndcg": NDCG(10), "recall": Recall(10), "mrr": MRR(10), "hr": HitRate(10), "precision": Precision(10)}
wall, processor, values = [], [], {}
for _ in range(RUNS):
    w, p = time.perf_counter(), time.process_time()
    values = calc_metrics(wanted, lists, test)
    wall.append(time.perf_counter() - w)
    processor.append(time.process_time() - p)
print(json.dumps({"by": "rectools", "what": "five metrics", "seconds": round(min(wall), 6), "processor_seconds": round(min(processor), 6),
                  "users_per_second": round(test.user_id.nunique() / min(wall)), "values": {k: round(float(v), 6) for k, v in values.items()}, "version": rectools.__version__ if hasattr(rectools, "__version__") else ""}))
