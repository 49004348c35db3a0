package org.tapeloop.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tapeloop.autograd.Autograd;
import org.tapeloop.autograd.CrossEntropy;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.GraphMode;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.attention.AdditiveAttention;
import org.tapeloop.nn.checkpoint.Checkpoint;
import org.tapeloop.nn.checkpoint.TrainingRun;
import org.tapeloop.nn.decoding.BeamSearch;
import org.tapeloop.nn.decoding.Constraint;
import org.tapeloop.nn.decoding.LengthPenalty;
import org.tapeloop.nn.decoding.Sampler;
import org.tapeloop.nn.decoding.TokenModel;
import org.tapeloop.nn.loss.Ctc;
import org.tapeloop.nn.loss.LanguageScore;
import org.tapeloop.nn.loss.Loss;
import org.tapeloop.nn.optim.AdamW;
import org.tapeloop.nn.optim.Clipping;
import org.tapeloop.nn.optim.GradientAccumulation;
import org.tapeloop.nn.optim.Muon;
import org.tapeloop.nn.optim.ParameterGroups;
import org.tapeloop.nn.optim.Schedule;
import org.tapeloop.nn.optim.Scheduler;
import org.tapeloop.nn.optim.WeightAverage;

/** {@code docs/training.md} says what this code does, in its very words. */
class TrainingPageTest {
  private static final int VOCABULARY = 5;

  @TempDir private Path folder;

  /** A small language model. */
  private static final class Model extends Layer {
    private final Embedding embedding;
    private final LstmCell cell;
    private final Linear head;

    Model(Generator generator) {
      embedding = child("embedding", new Embedding(VOCABULARY, 8, generator));
      cell = child("cell", new LstmCell(8, 8, generator));
      head = child("head", new Linear(8, VOCABULARY, generator));
    }

    /** Logits [T, B, V] of tokens [T, B]. */
    Tensor forward(IntTensor tokens) {
      return head.forward(Recurrent.forward(cell).forward(embedding.forward(tokens)).output());
    }

    // What a decoder asks of a model: what follows these tokens, one a sequence, in this state.
    TokenModel.Scored<LstmState> next(IntTensor tokens, LstmState state) {
      Step<LstmState> step = cell.step(embedding.forward(tokens), state);
      return new TokenModel.Scored<>(head.forward(step.output()).logSoftmax(1), step.state());
    }
  }

  private final Model model = new Model(new Generator(1));

  /** 0, 1, 2, 3, 4 over and over. */
  private static IntTensor text(int from) {
    int[] tokens = new int[12];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = (i / 2 + from) % VOCABULARY;
    }
    return IntTensor.of(Shape.of(6, 2), tokens);
  }

  @Test
  void aRunWithAllItsPartsLearnsAndResumes() throws IOException {
    Map<String, Parameter> matrices = model.cell.parameters();
    matrices.keySet().removeIf(name -> name.startsWith("bias"));
    Map<String, Parameter> rest = model.parameters();
    rest.values().removeAll(matrices.values());

    Muon muon = new Muon(matrices, 0.02);
    AdamW adam = new AdamW(rest, 0.01);
    ParameterGroups groups = new ParameterGroups().add("matrices", muon).add("rest", adam);
    Schedule schedule = Schedule.cosine(0.1, 0.001, 60).warmedUp(5, 0.1);
    Scheduler scheduler = new Scheduler().drive(muon, schedule).drive(adam, schedule.times(0.5));
    GradientAccumulation accumulation = new GradientAccumulation(model.parameters(), 2);
    WeightAverage average = WeightAverage.exponential(model.parameters(), 0.9);
    TrainingRun run =
        new TrainingRun(model)
            .part("groups", groups)
            .part("scheduler", scheduler)
            .part("accumulation", accumulation)
            .part("average", average);

    for (int batch = 0; batch < 120; batch++) {
      Tensor loss = SequenceLoss.crossEntropy(model.forward(text(batch)), text(batch + 1));
      accumulation
          .add(loss.gradients(model.values()))
          .ifPresent(
              gradients -> {
                groups.step(Clipping.byGlobalNorm(gradients, 1).gradients());
                scheduler.step();
                average.update();
              });
    }
    double validation =
        average.use(() -> SequenceLoss.crossEntropy(model.forward(text(3)), text(4)).item());
    assertTrue(validation < 0.3, "loss " + validation);

    Path file = folder.resolve("run.safetensors");
    run.capture().write(file);
    run.restore(Checkpoint.read(file));
    assertEquals(60, scheduler.current());
    aTrainedModelWrites();
  }

  private void aTrainedModelWrites() {
    LstmState state = model.cell.initialState(1);
    Sampler sampler = Sampler.PLAIN.temperature(0.7).topP(0.9);
    IntTensor sample =
        sampler.sequence(model::next, state, 0, -1, 6, Constraint.NONE, new RandomStream(7, 0));
    List<BeamSearch.Hypothesis> best =
        new BeamSearch(4, 6, 0, 4)
            .lengthPenalty(LengthPenalty.gnmt(0.6))
            .constraint(Constraint.prefix(1, 2))
            .run(model::next, state);
    assertEquals(6, sample.size());
    assertEquals(IntTensor.of(1, 2, 3, 4), best.getFirst().tokens());
    model.eval();
    float[] scores = new float[VOCABULARY];
    StreamingSession<LstmState> session =
        StreamingSession.of(model.embedding, Recurrent.forward(model.cell), model.head::forward, 1);
    for (int token : new int[] {1, 2, 3}) {
      session.step(new int[] {token}, scores);
    }
    session.reset();
    assertEquals(4, Tensor.of(scores).argmax(0).flat(0));
    RandomStream random = new RandomStream(7, 0);
    int token = 0;
    for (int i = 0; i < 6; i++) {
      session.step(new int[] {token}, scores);
      token = sampler.distribution(Tensor.of(scores)).draw(random.uniform(i));
    }
    // The same stream draws the same tokens from the model's own steps.
    assertEquals(sample.flat(5), token);
  }

  @Test
  void aModelIsJudgedWithoutATape() {
    LanguageScore score = new LanguageScore();
    model.eval();
    Autograd.noGrad(
        () -> {
          for (int piece = 0; piece < 3; piece++) {
            Tensor loss = SequenceLoss.crossEntropy(model.forward(text(piece)), text(piece + 1));
            score.add(loss.item(), text(piece).size());
          }
        });
    model.train();
    double perplexity = score.perplexity();
    assertEquals(VOCABULARY, perplexity, 2);
    assertEquals(36, score.tokens());
  }

  @Test
  void anAffineMapAndItsLossAreOne() {
    IntTensor targets = text(1);
    Tensor features = Tensor.normal(new RandomStream(3, 0), DType.F32, Shape.of(6, 2, 8), 0, 1);
    Tensor loss = SequenceLoss.crossEntropy(features, model.head, targets);
    Tensor apart = SequenceLoss.crossEntropy(model.head.forward(features), targets);
    assertEquals(apart.item(), loss.item(), 1e-6);
  }

  @Test
  void lossesTakeTheirOptionsFromAValue() {
    Tensor logits = Tensor.zeros(4, VOCABULARY).leaf();
    CrossEntropy options = CrossEntropy.MEAN.ignoring(0).smoothing(0.1);
    Tensor loss = logits.crossEntropy(IntTensor.of(1, 2, 0, 0), options);
    assertEquals(Math.log(VOCABULARY), loss.item(), 1e-6);
    Tensor frames = Tensor.zeros(6, 1, VOCABULARY).leaf();
    Tensor ctc =
        Loss.ctc(
            frames.logSoftmax(2),
            IntTensor.of(Shape.of(1, 2), 3, 3),
            IntTensor.of(6),
            IntTensor.of(2),
            Ctc.MEAN.zeroingInfinity());
    assertTrue(ctc.item() > 0);
  }

  @Test
  void aGradientMayBePartOfALoss() {
    Recurrent<LstmState> layer = Recurrent.forward(model.cell);
    Tensor input = Tensor.normal(new RandomStream(4, 0), DType.F32, Shape.of(6, 2, 8), 0, 1);
    Tensor x = input.leaf();
    Tensor task = layer.forward(x).output().square().mean();
    Tensor slope = task.gradients(List.of(x), GraphMode.CREATE).get(x);
    Tensor loss = task.add(slope.square().sum().mul(0.1));
    Map<Tensor, Tensor> gradients = loss.gradients(model.cell.values());
    Tensor plain =
        layer
            .forward(input)
            .output()
            .square()
            .mean()
            .gradients(model.cell.values())
            .values()
            .iterator()
            .next();
    Tensor penalised = gradients.values().iterator().next();
    assertTrue(penalised.sub(plain).abs().max().item() > 1e-6);
  }

  @Test
  void aDecoderAttendsStepByStep() {
    Tensor encoded = Tensor.ones(7, 2, 8);
    Tensor h = Tensor.ones(2, 8);
    AdditiveAttention attention = new AdditiveAttention(8, 8, 6, new Generator(1));
    var memory = attention.over(encoded, Lengths.of(7, 4));
    Tensor context = memory.attend(h).context();
    assertEquals(Shape.of(2, 8), context.shape());
  }

  @Test
  void everyBlockOfCodeOfThePageIsInThisSource() throws IOException {
    DocumentedPage page = new DocumentedPage("docs/training.md");
    page.requireBlocksIn(page.testSource("TrainingPageTest"));
  }
}
