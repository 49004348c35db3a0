package org.tapeloop.nn.conformance;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.decoding.BeamSearch;
import org.tapeloop.nn.decoding.BeamSearch.Hypothesis;
import org.tapeloop.nn.decoding.CtcDecoder;
import org.tapeloop.nn.decoding.LengthPenalty;
import org.tapeloop.nn.decoding.Sampler;
import org.tapeloop.nn.decoding.TokenDistribution;
import org.tapeloop.nn.decoding.TokenModel;

/** Tokens chosen from tables of scores. */
final class DecodingFamily implements Family {
  private static final int CARRIED = 28;
  private static final int PADDING = -1;

  /** The files have no error of PyTorch's in F32, as it has no such decoders. */
  private static final double SINGLE = 1e-5;

  private static final Set<String> KINDS =
      Set.of(
          "greedy", "top_k", "nucleus", "min_p", "sample", "beam", "ctc_greedy", "ctc_prefix_beam");

  @Override
  public String name() {
    return "decoding";
  }

  @Override
  public int carried() {
    return CARRIED;
  }

  @Override
  public boolean supports(String kind) {
    return KINDS.contains(kind);
  }

  @Override
  public List<Deviation> replay(ConformanceCase replayed, DType dtype) {
    return new Replay(replayed, dtype).run();
  }

  /** One case in one element type. */
  private static final class Replay {
    private final ConformanceCase a;
    private final DType dtype;
    private final List<Deviation> deviations = new ArrayList<>();

    Replay(ConformanceCase a, DType dtype) {
      this.a = a;
      this.dtype = dtype;
    }

    List<Deviation> run() {
      switch (a.kind()) {
        case "greedy", "sample" -> rows();
        case "top_k", "nucleus", "min_p" -> distributions();
        case "beam" -> beam();
        case "ctc_greedy" -> ctcGreedy();
        case "ctc_prefix_beam" -> ctcPrefixBeam();
        default -> throw new MalformedCaseException("there is no kind " + a.kind());
      }
      return deviations;
    }

    private void compare(String result, Tensor actual) {
      Tensor expected = a.tensor("expect." + result);
      double tolerance = dtype == DType.F64 ? a.firstTolerance(dtype) : SINGLE;
      deviations.add(
          Comparison.of("expect." + result, actual, expected, a.real("floor"), tolerance));
    }

    private void compare(String result, IntTensor actual) {
      deviations.add(Comparison.of("expect." + result, actual, a.ints("expect." + result)));
    }

    private Sampler sampler() {
      Sampler sampler = Sampler.PLAIN.temperature(a.real("temperature"));
      return switch (a.kind()) {
        case "top_k" -> sampler.topK(a.integer("k"));
        case "nucleus" -> sampler.topP(a.real("p"));
        case "min_p" -> sampler.minP(a.real("p"));
        default -> sampler;
      };
    }

    private List<TokenDistribution> perRow() {
      return a.tensor("logits").to(dtype).unstack(0).stream()
          .map(row -> sampler().distribution(row))
          .toList();
    }

    private void rows() {
      List<TokenDistribution> rows = perRow();
      int[] index = new int[rows.size()];
      for (int r = 0; r < index.length; r++) {
        index[r] =
            a.kind().equals("greedy")
                ? rows.get(r).best()
                : rows.get(r).draw(a.tensor("uniform").get(r));
      }
      compare("index", IntTensor.of(index));
    }

    private void distributions() {
      List<TokenDistribution> rows = perRow();
      int vocabulary = a.tensor("logits").extent(1);
      int[] counts = new int[rows.size()];
      int[] order = new int[rows.size() * vocabulary];
      int[] keep = new int[order.length];
      double[] probabilities = new double[order.length];
      for (int r = 0; r < rows.size(); r++) {
        TokenDistribution row = rows.get(r);
        counts[r] = row.count();
        System.arraycopy(row.order(), 0, order, r * vocabulary, vocabulary);
        for (int token = 0; token < vocabulary; token++) {
          probabilities[r * vocabulary + token] = row.probability(token);
          keep[r * vocabulary + token] = row.probability(token) > 0 ? 1 : 0;
        }
      }
      Shape table = Shape.of(rows.size(), vocabulary);
      compare("order", IntTensor.of(table, order));
      compare("count", IntTensor.of(counts));
      compare("keep", IntTensor.of(table, keep));
      compare("probs", Tensor.ofDoubles(table, probabilities));
    }

    /** The table [T, V, V] as a model: its state is the number of tokens read. */
    private TokenModel<Tensor> table() {
      Tensor table = a.tensor("log_probs").to(dtype);
      return (tokens, read) -> {
        int step = (int) read.get(0);
        Tensor rows = table.select(0, step).indexSelect(0, tokens);
        return new TokenModel.Scored<>(rows, read.add(1));
      };
    }

    private void beam() {
      int steps = a.tensor("log_probs").extent(0);
      int count = a.ints("expect.lengths").size();
      double alpha = a.real("alpha");
      String rule = a.text("length_penalty");
      LengthPenalty penalty =
          switch (rule) {
            case "none" -> LengthPenalty.NONE;
            case "power" -> LengthPenalty.power(alpha);
            case "gnmt" -> LengthPenalty.gnmt(alpha);
            default -> throw new MalformedCaseException("there is no length_penalty " + rule);
          };
      List<Hypothesis> found =
          new BeamSearch(a.integer("width"), steps, a.integer("start"), a.integer("end"))
              .lengthPenalty(penalty)
              .best(count)
              .run(table(), Tensor.zeros(1));
      compareSequences("tokens", found.stream().map(Hypothesis::tokens).toList(), steps);
      compare("scores", numbers(found.stream().map(Hypothesis::score).toList()));
      compare("ranked_scores", numbers(found.stream().map(Hypothesis::rank).toList()));
    }

    private void compareSequences(String result, List<IntTensor> sequences, int width) {
      int[] padded = new int[sequences.size() * width];
      Arrays.fill(padded, PADDING);
      for (int r = 0; r < sequences.size(); r++) {
        int[] tokens = sequences.get(r).toArray();
        System.arraycopy(tokens, 0, padded, r * width, tokens.length);
      }
      compare("lengths", IntTensor.of(sequences.stream().mapToInt(IntTensor::size).toArray()));
      compare(result, IntTensor.of(Shape.of(sequences.size(), width), padded));
    }

    private static Tensor numbers(List<Double> values) {
      return Tensor.ofDoubles(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private void ctcGreedy() {
      CtcDecoder.Path found =
          new CtcDecoder(a.integer("blank")).greedy(a.tensor("log_probs").to(dtype));
      compare("path", found.path());
      compare("labels", found.labels());
      compare("score", Tensor.scalar(DType.F64, found.score()));
    }

    private void ctcPrefixBeam() {
      int count = a.ints("expect.lengths").size();
      List<CtcDecoder.Labelling> found =
          new CtcDecoder(a.integer("blank"))
              .prefixBeam(a.tensor("log_probs").to(dtype), a.integer("width")).stream()
                  .limit(count)
                  .toList();
      int longest = a.ints("expect.labels").extent(1);
      compareSequences(
          "labels", found.stream().map(CtcDecoder.Labelling::labels).toList(), longest);
      compare("scores", numbers(found.stream().map(CtcDecoder.Labelling::score).toList()));
    }
  }
}
