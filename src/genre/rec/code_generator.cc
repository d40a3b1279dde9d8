#include "genre/rec/code_generator.h"

#include <algorithm>
#include <cassert>
#include <cmath>

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

void CodeGenerator::copy_token(int level, std::int32_t code, std::span<float> to) const {
  std::ranges::copy(trained_.parameters.value(0).row(ids_.token(level, code)), to.begin());
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
      if (allowed[child] != 0)
        out.push_back({child, base + row[ids_.code(depth + 1, child)], static_cast<std::int32_t>(b)});
  }
  return out;
}

std::vector<ScoredIndex> CodeGenerator::generate(std::span<const std::int32_t> history, std::int64_t width,
                                                 const RankOptions& options) const {
  std::vector<std::int32_t> read;
  for (std::size_t n = history.size(); n-- > 0 && std::ssize(read) < length_;)
    if (!ids_.of(history[n]).empty()) read.push_back(history[n]);
  std::ranges::reverse(read);
  const auto allowed = ids_.allowed(options);
  if (read.empty() || allowed.front().front() == 0 || width < 1) return {};
  const int levels = ids_.levels();
  const std::int64_t tokens = std::ssize(read) * levels, factors = trained_.reader->width();
  Matrix x(tokens, factors);
  for (std::int64_t n = 0; n < std::ssize(read); ++n)
    for (int level = 0; level < levels; ++level) copy_token(level, ids_.of(read[n])[level], x.row(n * levels + level));
  const auto before = trained_.reader->new_pass(), behind = trained_.reader->new_pass();
  trained_.reader->forward(trained_.parameters, x.view(), std::vector<std::int64_t>{0, tokens}, /*random=*/nullptr,
                           *before);
  Matrix states(1, factors);
  std::ranges::copy(std::as_const(x).row(tokens - 1), states.row(0).data());
  std::vector<Beginning> beam = {{0, 0, 0}};
  std::vector<std::vector<std::int32_t>> paths = {{}};  // the codes of each
  for (int depth = 0; depth < levels; ++depth) {
    std::vector<Beginning> next = go_on(depth, beam, states, allowed[depth + 1]);
    if (depth + 1 == levels) {
      beam = std::move(next);
      break;
    }
    const auto more_probable = [](const Beginning& a, const Beginning& b) {
      return a.log_probability != b.log_probability ? a.log_probability > b.log_probability : a.node < b.node;
    };
    if (std::ssize(next) > width) {
      std::ranges::nth_element(next, next.begin() + width, more_probable);
      next.resize(width);
    }
    std::ranges::sort(next, {}, &Beginning::node);
    const std::int64_t count = std::ssize(next), length = depth + 1;
    std::vector<std::vector<std::int32_t>> longer;
    std::vector<std::int64_t> offsets = {0};
    x = Matrix(count * length, factors);
    for (std::int64_t b = 0; b < count; ++b) {
      longer.push_back(paths[next[b].parent]);
      longer.back().push_back(ids_.code(depth + 1, next[b].node));
      for (int level = 0; level < length; ++level) copy_token(level, longer.back()[level], x.row(b * length + level));
      offsets.push_back((b + 1) * length);
    }
    trained_.reader->forward_behind(trained_.parameters, *before, x.view(), offsets, *behind);
    states = Matrix(count, factors);
    for (std::int64_t b = 0; b < count; ++b)
      std::ranges::copy(std::as_const(x).row((b + 1) * length - 1), states.row(b).data());
    beam = std::move(next);
    paths = std::move(longer);
  }
  std::vector<ScoredIndex> out;
  for (const Beginning& one : beam) out.push_back({ids_.item(one.node), static_cast<float>(one.log_probability)});
  std::ranges::sort(out, ranks_before);
  return out;
}

void CodeGenerator::save(SafetensorsWriter& out, const std::string& prefix) const {
  ids_.save(out, prefix);
  for (int i = 0; i < trained_.parameters.size(); ++i) {
    const neural::Parameter& one = trained_.parameters[i];
    out.add(prefix + one.name, one.value.values(), {one.value.rows(), one.value.cols()});
  }
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
  for (int i = 0; i < trained.parameters.size(); ++i) {
    neural::Parameter& one = trained.parameters[i];
    Matrix values = read_matrix(in, prefix + one.name);
    if (values.rows() != one.value.rows() || values.cols() != one.value.cols())
      bad_tensor(in, prefix + one.name, "has another shape than the model");
    one.value = std::move(values);
  }
  return {std::move(ids), std::move(trained), length};
}

}  // namespace genre
