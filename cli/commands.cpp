#include "cli/command.h"

namespace seqrec::cli {

std::span<const Command> commands() {
  static constexpr Command kCommands[] = {
      {"train", "Train a model on a dataset",
       "  seqrec train --model SHAN --dataset ml-100k --data-path data --out runs/shan\n"
       "  seqrec train --model SHAN --dataset ml-100k --data-path data --config configs/ml-100k.yaml \\\n"
       "      --set embedding_size=32 --set 'item_inter_num_interval=[5,inf)' --epochs 12 --seed 7\n"
       "  seqrec train --resume runs/shan\n"
       "  seqrec train --resume runs/shan --epochs 500\n",
       declare_train},
      {"tune", "Search the best configuration of a model: grid, random, TPE, successive halving",
       "  seqrec tune space.yaml --model SHAN --dataset ml-100k --data-path data --trials 30\n"
       "  seqrec tune hyper.test --model SHAN --dataset ml-100k --data-path data --sampler grid --out runs/grid\n"
       "  seqrec tune space.yaml --model SHAN --dataset ml-100k --data-path data --trials 100 --halving 3 --seeds 3 "
       "\\\n"
       "      --budget 2h --out runs/tuned   # and again to go on\n"
       "  seqrec train --config runs/tuned/best.yaml --out runs/best\n",
       declare_tune},
      {"evaluate", "Metrics of a model file on a dataset",
       "  seqrec evaluate runs/shan/model.safetensors --dataset ml-100k --data-path data\n"
       "  seqrec evaluate runs/shan/model.safetensors --dataset ml-100k --data-path data \\\n"
       "      --set 'topk=[5,20]' --set 'metrics=[Hit,NDCG]' --log-format json\n"
       "  seqrec evaluate runs/shan --split valid\n",
       declare_evaluate},
      {"runs", "The runs in a folder: state, epochs, best metric, age",
       "  seqrec runs\n"
       "  seqrec runs runs --sort valid\n"
       "  seqrec runs runs --sort age --format json\n",
       declare_runs},
      {"metrics", "Metrics of a run at any length of lists, made of its rows without the model",
       "  seqrec metrics runs/shan\n"
       "  seqrec metrics runs/shan --topk 1 5 20 100 --metrics MRR NDCG --format json\n",
       declare_metrics},
      {"compare", "Whether runs differ: intervals, paired tests, strata",
       "  seqrec compare runs/shan runs/caser\n"
       "  seqrec compare runs/shan-seed1 runs/shan-seed2 runs/caser-seed1 runs/caser-seed2 --metrics NDCG --topk 10\n"
       "  seqrec compare runs/shan runs/caser --format json\n",
       declare_compare},
      {"report", "A page about runs: curves, intervals, differences, examples",
       "  seqrec report runs/shan\n"
       "  seqrec report runs/shan runs/caser --out report.html\n"
       "  seqrec report runs/tuned --out tuning.html\n",
       declare_report},
      {"convert", "Make an atomic file of what people have",
       "  seqrec convert u.data --columns user_id,item_id,rating,timestamp --out data/ml-100k/ml-100k.inter\n"
       "  seqrec convert events.csv --columns user_id=visitorid,item_id=itemid,timestamp,event \\\n"
       "      --out data/retailrocket/retailrocket.inter\n"
       "  seqrec convert reviews.json.gz --columns user_id=reviewerID,item_id=asin,timestamp=unixReviewTime \\\n"
       "      --out data/beauty/beauty.inter\n",
       declare_convert},
      {"data", "What a prepared dataset looks like",
       "  seqrec data --dataset ml-100k --data-path data\n"
       "  seqrec data --dataset ml-100k --data-path data --set 'user_inter_num_interval=[20,inf)' --export prepared\n",
       declare_data},
      {"import", "Make a model file of weights under RecBole's names",
       "  python3 scripts/recbole_to_safetensors.py saved/SHAN.pth weights.safetensors\n"
       "  seqrec import weights.safetensors --model SHAN --dataset ml-100k --data-path data \\\n"
       "      --config configs/ml-100k.yaml --set compat=recbole --out shan.safetensors\n",
       declare_import},
      {"export", "Make a smaller model file: tables in fewer bytes, no users",
       "  seqrec export runs/shan --table int8 --out shan.safetensors\n"
       "  seqrec export runs/shan --table bf16 --prune-users --out shan.safetensors\n"
       "  seqrec export runs/shan/model.safetensors --table f16 --dataset ml-100k --data-path data \\\n"
       "      --out shan.safetensors\n",
       declare_export},
      {"recommend", "The next items for users or histories",
       "  seqrec recommend runs/shan/model.safetensors --user 196\n"
       "  seqrec recommend runs/shan/model.safetensors --history '50 181 172' -k 5 --exclude-seen\n"
       "  seqrec recommend runs/shan/model.safetensors --all-users --format json --out next.jsonl\n"
       "  seqrec recommend runs/shan --all-users --format csv --out next.csv\n"
       "  echo '{\"user\": \"196\", \"history\": [\"50\", \"181\"]}' > requests.jsonl\n"
       "  seqrec recommend runs/shan/model.safetensors --input requests.jsonl --format json\n",
       declare_recommend},
      {"similar", "Items that are like others",
       "  seqrec similar runs/shan 50\n"
       "  seqrec similar runs/shan 50 181 -k 5 --format json\n",
       declare_similar},
      {"vectors", "The vectors of items, users or sessions, for other programs",
       "  seqrec vectors runs/shan --out items.npy   # and items.tokens.txt\n"
       "  seqrec vectors runs/shan --of sessions --out sessions.csv\n",
       declare_vectors},
#ifdef SEQREC_SERVE
      {"serve", "Answer requests over HTTP",
       "  seqrec serve runs/shan/model.safetensors\n"
       "  seqrec serve runs/shan/model.safetensors beauty=runs/beauty/model.safetensors --histories --port 9000\n"
       "  curl -d '{\"history\": [\"50\", \"181\"], \"k\": 5}' http://127.0.0.1:8080/recommend\n",
       declare_serve},
#endif
      {"inspect", "What is in a model file",
       "  seqrec inspect runs/shan/model.safetensors\n"
       "  seqrec inspect runs/shan/model.safetensors --format json\n",
       declare_inspect},
      {"completion", "What a shell completes commands and options by",
       "  source <(seqrec completion bash)    # in ~/.bashrc\n"
       "  source <(seqrec completion zsh)     # in ~/.zshrc, after compinit\n",
       declare_completion},
      {"demo", "Train on a built-in dataset and recommend from it",
       "  seqrec demo\n"
       "  seqrec demo --out demo   # keeps the dataset and the run\n",
       declare_demo},
  };
  return kCommands;
}

}  // namespace seqrec::cli
