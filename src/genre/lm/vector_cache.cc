#include "genre/lm/vector_cache.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/log.h"
#include "genre/base/progress.h"
#include "genre/base/safetensors.h"
#include "genre/base/sha256.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kDigestBytes = 32;
using Digest = std::array<std::uint8_t, kDigestBytes>;

struct DigestHash {
  std::size_t operator()(const Digest& digest) const {
    std::size_t out = 0;
    std::memcpy(&out, digest.data(), sizeof out);
    return out;
  }
};

// Tensors "digests" (N x 32, ascending, no duplicates), "vectors" (N x D) and "check" (32), the digest of both.
struct Entries {
  std::vector<Digest> digests;
  std::vector<float> vectors;
};

Digest checksum(std::span<const std::byte> digests, std::span<const std::byte> vectors) {
  return Sha256().update(digests).update(vectors).finish();
}

Entries read_entries(const fs::path& path, int dimension) {
  const SafetensorsFile file(path);
  const auto digests = file.values<std::uint8_t>("digests", {-1, kDigestBytes});
  const auto count = static_cast<std::int64_t>(digests.size()) / kDigestBytes;
  const auto vectors = file.values<float>("vectors", {count, dimension});
  const auto check = file.values<std::uint8_t>("check", {kDigestBytes});
  if (!std::ranges::equal(check, checksum(std::as_bytes(digests), std::as_bytes(vectors))))
    throw Error(ErrorCode::kData, "the checksum is wrong", "", {.file = path.string()});
  Entries out;
  out.digests.resize(static_cast<std::size_t>(count));
  if (count > 0) std::memcpy(out.digests.data(), digests.data(), digests.size());
  out.vectors.assign(vectors.begin(), vectors.end());
  if (std::ranges::adjacent_find(out.digests, std::greater_equal{}) != out.digests.end())
    throw Error(ErrorCode::kData, "the digests are not in ascending order", "", {.file = path.string()});
  return out;
}

// What is in the file; no entries when there is none, nothing when it is damaged.
std::optional<Entries> load_entries(const fs::path& path, int dimension) {
  if (!fs::exists(path)) return Entries{};
  try {
    return read_entries(path, dimension);
  } catch (const Error& e) {
    log_warning("the vector cache is damaged and will be written anew: " + std::string(e.what()));
    return std::nullopt;
  }
}

void write_entries(const fs::path& path, const Entries& entries, int dimension) {
  const auto count = static_cast<std::int64_t>(entries.digests.size());
  const std::span<const std::uint8_t> digests(reinterpret_cast<const std::uint8_t*>(entries.digests.data()),
                                              entries.digests.size() * kDigestBytes);
  const Digest check = checksum(std::as_bytes(digests), std::as_bytes(std::span(entries.vectors)));
  SafetensorsWriter writer;
  writer.add<std::uint8_t>("digests", digests, {count, kDigestBytes});
  writer.add<float>("vectors", entries.vectors, {count, dimension});
  writer.add<std::uint8_t>("check", check, {kDigestBytes});
  writer.write(path);
}

std::optional<std::size_t> find(const Entries& entries, const Digest& digest) {
  const auto found = std::ranges::lower_bound(entries.digests, digest);
  if (found == entries.digests.end() || *found != digest) return std::nullopt;
  return static_cast<std::size_t>(found - entries.digests.begin());
}

// Both sorted by digest; an entry in both is taken from `a`.
Entries merge(const Entries& a, const Entries& b, std::size_t dimension) {
  Entries out;
  const auto take = [&](const Entries& from, std::size_t i) {
    out.digests.push_back(from.digests[i]);
    out.vectors.insert(out.vectors.end(), from.vectors.begin() + i * dimension,
                       from.vectors.begin() + (i + 1) * dimension);
  };
  std::size_t i = 0, j = 0;
  while (i < a.digests.size() || j < b.digests.size()) {
    if (j == b.digests.size() || (i < a.digests.size() && a.digests[i] <= b.digests[j])) {
      if (j < b.digests.size() && a.digests[i] == b.digests[j]) ++j;
      take(a, i++);
    } else {
      take(b, j++);
    }
  }
  return out;
}

}  // namespace

CachedVectors cached_encode(const fs::path& folder, const std::string& encoder_id, int dimension,
                            const std::function<const TextEncoder&()>& encoder, std::span<const std::string> texts) {
  const fs::path path = folder / (encoder_id + ".safetensors");
  const auto width = static_cast<std::size_t>(dimension);
  const auto loaded = load_entries(path, dimension);
  const Entries none;
  const Entries& known = loaded ? *loaded : none;

  std::vector<Digest> digests;
  std::unordered_map<Digest, std::size_t, DigestHash> missing;  // to the position among the new texts
  std::vector<std::string> fresh;
  for (const auto& text : texts) {
    digests.push_back(Sha256().update(text).finish());
    if (find(known, digests.back()) || !missing.emplace(digests.back(), fresh.size()).second) continue;
    fresh.push_back(text);
  }

  CachedVectors out{Matrix(static_cast<std::int64_t>(texts.size()), dimension),
                    static_cast<std::int64_t>(fresh.size())};
  Matrix encoded;
  if (!fresh.empty()) {
    Progress progress("embedding texts", out.embedded);
    encoded = encoder().encode(fresh, TextRole::kItem, [&](std::int64_t count) { progress.advance(count); });
  }
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto at = find(known, digests[i]);
    const float* const from =
        at ? known.vectors.data() + *at * width : encoded.row(static_cast<std::int64_t>(missing.at(digests[i]))).data();
    std::copy_n(from, width, out.vectors.row(static_cast<std::int64_t>(i)).data());
  }
  if (fresh.empty()) return out;

  Entries added;
  for (const auto& [digest, unused] : missing) added.digests.push_back(digest);
  std::ranges::sort(added.digests);
  for (const Digest& digest : added.digests) {
    const auto row = encoded.row(static_cast<std::int64_t>(missing.at(digest)));
    added.vectors.insert(added.vectors.end(), row.begin(), row.end());
  }
  // Read again, so that what another process added meanwhile is kept.
  const auto latest = loaded ? load_entries(path, dimension) : std::nullopt;
  write_entries(path, merge(latest ? *latest : none, added, width), dimension);
  return out;
}

}  // namespace genre
