"""EASE, item-kNN and recommending to everybody with NumPy, SciPy, torch and implicit, as bench/classical.cc does it. Prints one
JSON line a figure: the smallest wall-clock and processor time of the runs.

    classical.py TRAIN TEST [RUNS]     files of "user<TAB>item" with numbers from 0
"""
import json
import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", str(os.cpu_count()))
import numpy as np
import scipy.linalg.lapack as lapack
import scipy.sparse as sp

RUNS = int(sys.argv[3]) if len(sys.argv) > 3 else 3
L2, K, BLOCK = 500, 10, 512


def best(body):
    wall, processor, result = [], [], None
    for _ in range(RUNS):
        w, p = time.perf_counter(), time.process_time()
        result = body()
        wall.append(time.perf_counter() - w)
        processor.append(time.process_time() - p)
    return min(wall), min(processor), result


def emit(by, what, wall, processor, users=0):
    line = {"by": by, "what": what, "seconds": round(wall, 6), "processor_seconds": round(processor, 6)}
    if users:
        line["users_per_second"] = round(users / wall)
    print(json.dumps(line), flush=True)


def read(path, shape=None):
    pairs = np.loadtxt(path, dtype=np.int64, delimiter="\t", ndmin=2)
    return pairs, pairs.max(axis=0) + 1


train_pairs, a = read(sys.argv[1])
test_pairs, b = read(sys.argv[2])
users, items = np.maximum(a, b)


def matrix(pairs, dtype):
    return sp.csr_matrix((np.ones(len(pairs), dtype), (pairs[:, 0], pairs[:, 1])), (users, items))


def top(scores, seen):
    scores[seen.nonzero()] = -np.inf
    best_k = np.argpartition(scores, -K, axis=1)[:, -K:]
    values = np.take_along_axis(scores, best_k, 1)
    return np.take_along_axis(best_k, np.argsort(-values, axis=1), 1)


def ease():
    """The parts of a fit: two Gram matrices and two inverses. `as commonly written` is the sparse Gram, linalg.inv and the
    scaling; the best pieces are the faster of each."""
    for dtype in (np.float64, np.float32):
        name = np.dtype(dtype).name
        x = matrix(train_pairs, dtype)
        dense = x.toarray()
        diagonal = np.diag_indices(items)
        potrf, potri = (lapack.dpotrf, lapack.dpotri) if dtype == np.float64 else (lapack.spotrf, lapack.spotri)

        def cholesky(gram):
            factor, _ = potrf(gram, lower=1)
            return potri(factor, lower=1, overwrite_c=1)[0]

        def scale(p):
            weights = -p / np.diag(p)
            weights[diagonal] = 0
            return weights

        *sparse_gram, gram = best(lambda: (x.T @ x).toarray())
        emit("numpy", f"EASE Gram, sparse, {name}", *sparse_gram)
        emit("numpy", f"EASE Gram, syrk, {name}", *best(lambda: dense.T @ dense)[:2])  # NumPy calls syrk for this product
        gram[diagonal] += L2
        *inverse, p = best(lambda: np.linalg.inv(gram))
        emit("numpy", f"EASE inverse, linalg.inv, {name}", *inverse)
        emit("numpy", f"EASE inverse, potrf and potri, {name}", *best(lambda: cholesky(gram))[:2])
        *scaling, weights = best(lambda: scale(p))
        total = [sum(parts) for parts in zip(sparse_gram, inverse, scaling)]
        emit("numpy", f"EASE fit as commonly written, {name}", *total)
    return weights.astype(np.float32)


def recommend_ease(weights):
    x = matrix(train_pairs, np.float32)
    out = np.empty((users, K), np.int64)
    for start in range(0, users, BLOCK):
        block = x[start : start + BLOCK]
        out[start : start + BLOCK] = top(block @ weights, block)
    return out


def recommend_ease_torch(weights):
    """Sparse rows times dense weights and torch.topk, with the threads that NumPy's product does not use."""
    import torch

    torch.set_num_threads(os.cpu_count())
    x, b = matrix(train_pairs, np.float32), torch.from_numpy(weights)
    out = np.empty((users, K), np.int64)
    for start in range(0, users, BLOCK):
        block = x[start : start + BLOCK]
        rows = torch.sparse_csr_tensor(torch.from_numpy(block.indptr), torch.from_numpy(block.indices), torch.from_numpy(block.data), block.shape)
        scores = rows @ b
        seen_users, seen_items = block.nonzero()
        scores[torch.from_numpy(seen_users), torch.from_numpy(seen_items)] = -torch.inf
        out[start : start + BLOCK] = torch.topk(scores, K, dim=1).indices.numpy()
    return out


def recommend_factors(of_users, of_items):
    x = matrix(train_pairs, np.float32)
    out = np.empty((users, K), np.int64)
    for start in range(0, users, BLOCK):
        out[start : start + BLOCK] = top(of_users[start : start + BLOCK] @ of_items.T, x[start : start + BLOCK])
    return out


def metrics(lists, test):
    """ndcg, recall, mrr, hr, precision and map at 10, and ndcg, recall, hr and map at 5."""
    hits = np.asarray(test[np.repeat(np.arange(users), K), lists.ravel()]).reshape(-1, K).astype(np.float64)
    relevant = np.diff(test.indptr)
    keep = relevant > 0
    hits, relevant = hits[keep], relevant[keep]
    out = []
    for k in (10, 5):
        h = hits[:, :k]
        discount = 1 / np.log2(np.arange(2, k + 2))
        ideal = np.concatenate([[0], np.cumsum(discount)])
        reachable = np.minimum(relevant, k)
        out.append((h @ discount / ideal[reachable]).mean())
        out.append((h.sum(1) / relevant).mean())
        out.append(h.any(1).mean())
        out.append(((h * np.cumsum(h, 1) / np.arange(1, k + 1)).sum(1) / reachable).mean())
    ranks = np.argmax(hits, 1) + 1
    out.append((hits.any(1) / ranks).mean())
    out.append((hits.sum(1) / K).mean())
    return out


def implicit_peers():
    import implicit
    from implicit.als import AlternatingLeastSquares
    from implicit.nearest_neighbours import CosineRecommender
    from threadpoolctl import threadpool_limits

    x = matrix(train_pairs, np.float32)
    everybody = np.arange(users)
    with threadpool_limits(1, "blas"):  # as implicit asks for: it has threads of its own
        for neighbours in (10, 100):
            model = CosineRecommender(K=neighbours, num_threads=os.cpu_count())
            wall, processor, _ = best(lambda: model.fit(x, show_progress=False))
            emit("implicit", f"item-kNN K={neighbours} fit", wall, processor)
            wall, processor, _ = best(lambda: model.recommend(everybody, x, N=K, filter_already_liked_items=True))
            emit("implicit", f"item-kNN K={neighbours} recommend", wall, processor, users)
        model = AlternatingLeastSquares(factors=64, iterations=1, num_threads=os.cpu_count(), random_state=1)
        model.fit(x, show_progress=False)
        wall, processor, _ = best(lambda: model.recommend(everybody, x, N=K, filter_already_liked_items=True))
        emit("implicit", "64 factors recommend", wall, processor, users)


def main():
    weights = ease()
    wall, processor, lists = best(lambda: recommend_ease(weights))
    emit("numpy", "EASE recommend", wall, processor, users)
    test = matrix(test_pairs, np.float32)
    wall, processor, _ = best(lambda: metrics(recommend_ease(weights), test))
    emit("numpy", "EASE recommend and ten metrics", wall, processor, users)
    *seconds, lists_of_torch = best(lambda: recommend_ease_torch(weights))
    assert (lists_of_torch == lists).mean() > 0.999
    emit("torch", "EASE recommend", *seconds, users)
    emit("torch", "EASE recommend and ten metrics", *best(lambda: metrics(recommend_ease_torch(weights), test))[:2], users)
    wall, processor, values = best(lambda: metrics(lists, test))
    emit("numpy", "ten metrics", wall, processor, users)
    print(f"EASE NDCG@10 {values[0]:.4f}", file=sys.stderr)
    random = np.random.default_rng(7)
    of_users, of_items = random.standard_normal((users, 64), np.float32), random.standard_normal((items, 64), np.float32)
    wall, processor, _ = best(lambda: recommend_factors(of_users, of_items))
    emit("numpy", "64 factors recommend", wall, processor, users)
    implicit_peers()


main()
