#include "genre/lm/quantise.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "genre/base/error.h"
#include "genre/base/interrupt.h"
#include "genre/base/thread_pool.h"
#include "genre/lm/adapter_folder.h"
#include "genre/lm/gguf_model.h"
#include "genre/nn/blocks.h"

namespace genre {
namespace fs = std::filesystem;
namespace {

std::string kind_of(const std::string& name) {
  if (!name.starts_with("blk.")) return name;
  const auto dot = name.find('.', 4);
  return dot == std::string::npos ? name : name.substr(dot + 1);
}

// Decoders read positions, token types and norms as floats.
bool stays(const GgufModelTensor& tensor) {
  return tensor.shape.size() != 2 || !tensor.name.ends_with(".weight") || tensor.name == "position_embd.weight" ||
         tensor.name == "token_types.weight" || tensor.name.find("norm") != std::string::npos;
}

BlockFormat format_for(const GgufModelTensor& tensor, BlockFormat wanted) {
  if (stays(tensor)) return tensor.format;
  const bool table = tensor.name == "token_embd.weight" || tensor.name == "output.weight";
  if (table && block_shape(wanted).bytes * 32 < block_shape(BlockFormat::kQ8_0).bytes * block_shape(wanted).elements)
    wanted = BlockFormat::kQ8_0;
  const std::int64_t cols = tensor.shape.back();
  if (cols % block_shape(wanted).elements == 0) return wanted;
  const BlockFormat smaller = wanted == BlockFormat::kQ4_K ? BlockFormat::kQ4_1 : BlockFormat::kQ8_0;
  return cols % block_shape(smaller).elements == 0 ? smaller : tensor.format;
}

struct Change {
  double before = 0, error = 0;  // sums of squares
};

// Rewrites a tensor in blocks, a group of rows at a time.
Change rewrite(GgufModelTensor& tensor, BlockFormat format, const fs::path& input) {
  const BlockShape from = block_shape(tensor.format), to = block_shape(format);
  const std::int64_t rows = tensor.shape[0], cols = tensor.shape[1];
  std::vector<Change> changes(rows);
  const std::int64_t row_from = cols / from.elements * from.bytes, row_to = cols / to.elements * to.bytes;
  std::vector<std::byte> written(rows * row_to);
  const auto rewrite_row = [&](std::int64_t r) {
    std::vector<float> values(cols), again(cols);
    nn::dequantise(tensor.format, tensor.bytes.subspan(r * row_from, row_from), values);
    if (!std::ranges::all_of(values, [](float v) { return std::isfinite(v); })) {
      changes[r].error = std::numeric_limits<double>::infinity();
      return;
    }
    const std::span<std::byte> out = std::span(written).subspan(r * row_to, row_to);
    nn::quantise(format, values, out);
    nn::dequantise(format, out, again);
    for (std::int64_t c = 0; c < cols; ++c) {
      const double difference = static_cast<double>(again[c]) - values[c];
      changes[r].before += static_cast<double>(values[c]) * values[c];
      changes[r].error += difference * difference;
    }
  };
  global_pool().parallel_for(rows, 16, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t r = begin; r < end; ++r) rewrite_row(static_cast<std::int64_t>(r));
  });
  Change sum;
  for (const auto& change : changes) sum.before += change.before, sum.error += change.error;
  if (!std::isfinite(sum.error))
    throw Error(ErrorCode::kData,
                "tensor '" + tensor.name + "' holds a value that is not finite or beyond half precision",
                "choose another format", {.file = input.string()});
  tensor.owned = std::move(written);
  tensor.bytes = tensor.owned;
  tensor.format = format;
  return sum;
}

std::string joined(const std::set<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : "+") + name;
  return out;
}

std::optional<std::uint32_t> file_type(BlockFormat format) {
  switch (format) {  // as llama.cpp numbers files by what most of their tensors are
    case BlockFormat::kQ4_0:
      return 2;
    case BlockFormat::kQ4_1:
      return 3;
    case BlockFormat::kQ8_0:
      return 7;
    case BlockFormat::kQ4_K:
      return 14;
    case BlockFormat::kQ6_K:
      return 18;
    default:
      return std::nullopt;
  }
}

double ratio(const Change& change) { return change.before > 0 ? std::sqrt(change.error / change.before) : 0; }

}  // namespace

Quantisation quantise_model(const fs::path& input, BlockFormat format, const fs::path& output,
                            const std::function<void(std::int64_t tensors)>& done) {
  expect_no_adapter(input);
  std::error_code error;
  if (fs::exists(output, error) && fs::equivalent(input, output, error))
    throw Error(ErrorCode::kConfig, "input and output are the same", "name another --output",
                {.file = output.string()});
  GgufModel model = read_gguf_model(input);
  struct Sum {
    std::set<std::string> before, after;
    QuantisedKind kind;
    Change change;
  };
  std::map<std::string, Sum> sums;
  Quantisation out{.architecture = model.architecture};
  Change all;
  for (auto& tensor : model.tensors) {
    throw_if_interrupted();
    const BlockShape block = block_shape(tensor.format);
    Sum& sum = sums[kind_of(tensor.name)];
    sum.kind.tensors += 1;
    sum.kind.parameters += std::ssize(tensor.bytes) / block.bytes * block.elements;
    sum.kind.bytes_before += std::ssize(tensor.bytes);
    sum.before.emplace(block_format_name(tensor.format));
    const BlockFormat wanted = format_for(tensor, format);
    if (wanted != tensor.format) {
      const Change change = rewrite(tensor, wanted, input);
      sum.change.before += change.before, sum.change.error += change.error;
      all.before += change.before, all.error += change.error;
    }
    sum.after.emplace(block_format_name(tensor.format));
    sum.kind.bytes_after += std::ssize(tensor.bytes);
    model.metadata.add(tensor.name, tensor.format, tensor.shape, tensor.bytes);
    if (done) done(1);
  }
  model.metadata.set_integer("general.quantization_version", 2);
  if (const auto number = file_type(format)) model.metadata.set_integer("general.file_type", *number);
  model.metadata.write(output);
  for (auto& [name, sum] : sums) {
    sum.kind.kind = name;
    sum.kind.format_before = joined(sum.before), sum.kind.format_after = joined(sum.after);
    sum.kind.relative_error = ratio(sum.change);
    out.bytes_before += sum.kind.bytes_before, out.bytes_after += sum.kind.bytes_after;
    out.kinds.push_back(std::move(sum.kind));
  }
  out.relative_error = ratio(all);
  return out;
}

}  // namespace genre
