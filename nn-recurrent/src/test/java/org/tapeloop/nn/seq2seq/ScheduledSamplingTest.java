package org.tapeloop.nn.seq2seq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.tapeloop.nn.seq2seq.EncoderDecoderTest.READ;
import static org.tapeloop.nn.seq2seq.EncoderDecoderTest.START;
import static org.tapeloop.nn.seq2seq.EncoderDecoderTest.WRITTEN;
import static org.tapeloop.nn.seq2seq.EncoderDecoderTest.legal;
import static org.tapeloop.nn.seq2seq.EncoderDecoderTest.model;
import static org.tapeloop.nn.seq2seq.EncoderDecoderTest.normal;
import static org.tapeloop.nn.seq2seq.EncoderDecoderTest.refused;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.tapeloop.autograd.CrossEntropy;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.decoding.Sampler;

class ScheduledSamplingTest {
  @Test
  void schedulesAreThoseOfThePaper() {
    var linear = ScheduledSampling.linear(0.9, 0.1, 0.25);
    assertEquals(0.9, linear.rate(0), 1e-12);
    assertEquals(0.6, linear.rate(3), 1e-12);
    assertEquals(0.25, linear.rate(100), 1e-12);
    assertEquals(0.729, ScheduledSampling.exponential(0.9).rate(3), 1e-12);
    var sigmoid = ScheduledSampling.inverseSigmoid(10);
    assertEquals(10 / 11.0, sigmoid.rate(0), 1e-12);
    assertEquals(10 / (10 + Math.exp(2)), sigmoid.rate(20), 1e-12);
    refused("k must be in (0, 1)", () -> ScheduledSampling.exponential(1));
    refused("k must be at least 1", () -> ScheduledSampling.inverseSigmoid(0.5));
    refused("0 <= least <= first <= 1", () -> ScheduledSampling.linear(0.5, 0.1, 0.6));
  }

  @Test
  void withTrueTokensAloneItIsTeacherForcing() {
    var model = model();
    Encoded<Tensor> encoded = model.encode(normal(16, 4, 2, 3), READ);
    var sampling = new ScheduledSampling(step -> 1);
    assertEquals(
        model.loss(encoded, legal(), WRITTEN, CrossEntropy.MEAN).item(),
        sampling
            .loss(model, encoded, legal(), WRITTEN, CrossEntropy.MEAN, 3, new RandomStream(1, 1))
            .item());
  }

  @Test
  void withoutTrueTokensTheModelReadsWhatItWouldWrite() {
    var model = model();
    Encoded<Tensor> encoded = model.encode(normal(17, 4, 2, 3).mul(3), READ);
    var sampling = new ScheduledSampling(step -> 0, Sampler.PLAIN.temperature(0));
    IntTensor inputs = sampling.inputs(model, encoded, legal(), 0, new RandomStream(1, 1));
    Tensor logits = model.forward(encoded, inputs, null).output();
    for (int b = 0; b < 2; b++) {
      assertEquals(START, inputs.select(0, 0).flat(b));
      for (int t = 0; t < 2; t++) {
        int written = logits.select(0, t).select(0, b).argmax(0).flat(0);
        assertEquals(written, inputs.select(0, t + 1).flat(b));
      }
    }
  }

  @Test
  void aRepetitionPenaltyFallsOnWhatTheDecoderHasRead() {
    var model = model();
    Encoded<Tensor> encoded = model.encode(normal(17, 4, 2, 3), READ);
    model.parameters().get("output.bias").set(Tensor.ofDoubles(-99, 4, 12, 8, -99));
    IntTensor sentences = IntTensor.of(Shape.of(5, 2), new int[10]);
    Sampler sampler = Sampler.GREEDY.repetitionPenalty(1e6);
    IntTensor inputs =
        new ScheduledSampling(step -> 0, sampler)
            .inputs(model, encoded, sentences, 0, new RandomStream(1, 1));
    assertEquals(IntTensor.of(Shape.of(4, 2), 0, 0, 2, 2, 3, 3, 1, 1), inputs);
  }

  @Test
  void tokensAreTrueWithTheScheduledShareAndTheSameForTheSameStream() {
    var model = model();
    Encoded<Tensor> encoded = model.encode(normal(18, 4, 2, 3), READ);
    // A token that the model writes always, so that what it wrote can be told from what is true.
    Tensor bias = Tensor.ofDoubles(0, 0, 100, 0, 0);
    model.parameters().get("output.bias").set(bias);
    int[] tokens = new int[101 * 2];
    Arrays.fill(tokens, 3);
    IntTensor sentences = IntTensor.of(Shape.of(101, 2), tokens);
    var sampling = new ScheduledSampling(ScheduledSampling.exponential(0.7));
    int kept = 0;
    for (int s = 0; s < 20; s++) {
      IntTensor inputs = sampling.inputs(model, encoded, sentences, 1, new RandomStream(2, s));
      IntTensor again = sampling.inputs(model, encoded, sentences, 1, new RandomStream(2, s));
      assertEquals(inputs, again);
      for (int i = 2; i < inputs.size(); i++) {
        kept += inputs.flat(i) == 3 ? 1 : 0;
        assertTrue(inputs.flat(i) == 3 || inputs.flat(i) == 2);
      }
    }
    int choices = 20 * 198;
    assertEquals(0.7 * choices, kept, 5 * Math.sqrt(choices * 0.7 * 0.3));
    assertNotEquals(
        sampling.inputs(model, encoded, sentences, 1, new RandomStream(2, 1)),
        sampling.inputs(model, encoded, sentences, 1, new RandomStream(2, 2)));
  }
}
