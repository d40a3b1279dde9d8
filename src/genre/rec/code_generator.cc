#include "genre/rec/code_generator.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "genre/rec/parameter_tensors.h"
#include "genre/rec/tensors.h"

namespace genre {

CodeGenerator::CodeGenerator(SemanticIds ids, TrainedTiger trained, std::int64_t length)
    : ids_(std::move(ids)), trained_(std::move(trained)), length_(length) {
  trained_.reader->pack(trained_.parameters);
  const Matrix& codes = trained_.parameters.value(0);
  assert(codes.rows() == ids_.all_codes());
  for (int level = 0; level < ids_.levels(); ++level)
    packed_.push_back(PackedMatrix::pack({codes.row(ids_.token(level, 0)).data(), ids_.codes(level), codes.cols()},
                                         /*transposed=*/true));
}

void CodeGenerator::copy_tokens(std::span<const std::int32_t> codes, float* to) const {
  const Matrix& vectors = trained_.parameters.value(0);
  for (std::size_t level = 0; level < codes.size(); ++level)
    to = std::ranges::copy(vectors.row(ids_.token(static_cast<int>(level), codes[level])), to).out;
}

Matrix CodeGenerator::read_history(std::span<const std::int32_t> history, neural::HistoryReader::Pass& pass) const {
  std::vector<std::int32_t> read;
  for (std::size_t n = history.size(); n-- > 0 && std::ssize(read) < length_;)
    if (!ids_.of(history[n]).empty()) read.push_back(history[n]);
  if (read.empty()) return {};
  const std::int64_t tokens = std::ssize(read) * ids_.levels(), width = trained_.reader->width();
  Matrix x(tokens, width), out(1, width);
  for (std::size_t n = 0; n < read.size(); ++n)
    copy_tokens(ids_.of(read[read.size() - 1 - n]), x.row(static_cast<std::int64_t>(n) * ids_.levels()).data());
  trained_.reader->forward(trained_.parameters, x.view(), std::vector<std::int64_t>{0, tokens}, /*random=*/nullptr,
                           pass);
  std::ranges::copy(std::as_const(x).row(tokens - 1), out.data());
  return out;
}

Matrix CodeGenerator::read_beam(int depth, std::span<const Beginning> beam, const neural::HistoryReader::Pass& history,
                                neural::HistoryReader::Pass& pass) const {
  const std::int64_t count = std::ssize(beam), width = trained_.reader->width();
  Matrix x(count * depth, width), out(count, width);
  std::vector<std::int64_t> offsets = {0};
  for (std::int64_t b = 0; b < count; ++b) {
    copy_tokens(ids_.beginning(depth, beam[b].node), x.row(b * depth).data());
    offsets.push_back((b + 1) * depth);
  }
  trained_.reader->forward_behind(trained_.parameters, history, x.view(), offsets, pass);
  for (std::int64_t b = 0; b < count; ++b)
    std::ranges::copy(std::as_const(x).row((b + 1) * depth - 1), out.row(b).data());
  return out;
}

std::vector<CodeGenerator::Beginning> CodeGenerator::go_on(int depth, std::span<const Beginning> beam,
                                                           ConstMatrixView states,
                                                           std::span<const std::uint8_t> allowed) const {
  const std::int64_t codes = ids_.codes(depth);
  std::vector<float> logits(std::ssize(beam) * codes);
  multiply_serial(states.data(), states.rows(), states.cols(), packed_[depth], logits.data(), codes);
  std::vector<Beginning> out;
  for (std::size_t b = 0; b < beam.size(); ++b) {
    const std::span<const float> row = std::span(logits).subspan(b * codes, codes);
    const float largest = std::ranges::max(row);
    double sum = 0;
    for (const float logit : row) sum += std::exp(logit - largest);
    const double base = beam[b].log_probability - largest - std::log(sum);
    const SemanticIds::Range below = ids_.children(depth, beam[b].node);
    for (std::int32_t child = below.begin; child < below.end; ++child)
      if (allowed[child] != 0) out.push_back({child, base + row[ids_.beginning(depth + 1, child).back()]});
  }
  return out;
}

std::vector<ScoredIndex> CodeGenerator::generate(std::span<const std::int32_t> history, std::int64_t width,
                                                 const RankOptions& options) const {
  const auto more_probable = [](const Beginning& a, const Beginning& b) {
    return a.log_probability != b.log_probability ? a.log_probability > b.log_probability : a.node < b.node;
  };
  const auto allowed = ids_.allowed(options);
  const auto before = trained_.reader->new_pass(), behind = trained_.reader->new_pass();
  Matrix states = read_history(history, *before);
  if (states.empty() || allowed.front().front() == 0) return {};
  std::vector<Beginning> beam = {{0, 0}};
  for (int depth = 0; depth < ids_.levels(); ++depth) {
    if (depth > 0) states = read_beam(depth, beam, *before, *behind);
    beam = go_on(depth, beam, states, allowed[depth + 1]);
    if (depth + 1 == ids_.levels() || std::ssize(beam) <= width) continue;
    std::ranges::nth_element(beam, beam.begin() + width, more_probable);
    beam.resize(width);
  }
  std::vector<ScoredIndex> out;
  for (const Beginning& one : beam) out.push_back({ids_.item(one.node), static_cast<float>(one.log_probability)});
  std::ranges::sort(out, ranks_before);
  return out;
}

void CodeGenerator::save(SafetensorsWriter& out, const std::string& prefix) const {
  ids_.save(out, prefix);
  add_parameters(out, prefix, trained_.parameters);
}

CodeGenerator CodeGenerator::load(const SafetensorsFile& in, const std::string& prefix, int levels,
                                  const neural::TransformerShape& shape, std::int64_t length) {
  SemanticIds ids = SemanticIds::load(in, prefix);
  if (ids.levels() != levels) bad_tensor(in, prefix + "codes", "has another number of levels than the model");
  const Matrix codes = read_matrix(in, prefix + "codes.weight");
  if (codes.rows() != ids.all_codes() || codes.cols() != shape.width)
    bad_tensor(in, prefix + "codes.weight", "has another shape than the ids and the model");
  RandomStream random(0, "loaded");
  TrainedTiger trained = new_tiger(shape, ids.all_codes(), random);
  read_parameters(in, prefix, trained.parameters);
  return {std::move(ids), std::move(trained), length};
}

}  // namespace genre
