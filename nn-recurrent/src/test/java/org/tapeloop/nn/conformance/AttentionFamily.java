package org.tapeloop.nn.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.Generator;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.Layer;
import org.tapeloop.nn.Lengths;
import org.tapeloop.nn.attention.AdditiveAttention;
import org.tapeloop.nn.attention.Attended;
import org.tapeloop.nn.attention.AttentionMask;
import org.tapeloop.nn.attention.AttentionalVector;
import org.tapeloop.nn.attention.DotAttention;
import org.tapeloop.nn.attention.GeneralAttention;
import org.tapeloop.nn.attention.MultiHeadAttention;
import org.tapeloop.nn.attention.ScaledDotProduct;
import org.tapeloop.nn.attention.SequenceAttention;

/** Attention: functions and layers. */
final class AttentionFamily {
  private static final int CARRIED = 23;

  private AttentionFamily() {}

  static Family create() {
    return new DifferentiableFamily(
        "attention",
        CARRIED,
        Map.of(
            "scaled_dot_product", AttentionFamily::scaledDotProduct,
            "additive",
                given ->
                    sequence(
                        given,
                        new AdditiveAttention(
                            size(given, "Dq"), size(given, "Dk"), size(given, "A"), anything())),
            "luong_dot", given -> sequence(given, new DotAttention()),
            "luong_general",
                given ->
                    sequence(
                        given,
                        new GeneralAttention(size(given, "Dq"), size(given, "Dk"), anything())),
            "multi_head", AttentionFamily::multiHead));
  }

  private static Generator anything() {
    return new Generator(0);
  }

  private static int size(Given given, String name) {
    return given.attributes().integer(name);
  }

  private static List<Tensor> scaledDotProduct(Given given) {
    AttentionMask mask = AttentionMask.NONE;
    String kind = given.attributes().text("mask_kind");
    mask =
        switch (kind) {
          case "none" -> mask;
          case "keys", "full" -> mask.keeping(given.tensor("mask"));
          case "bias" -> mask.biased(given.tensor("bias"));
          default -> throw new MalformedCaseException("there is no mask_kind '" + kind + "'");
        };
    Attended attended =
        ScaledDotProduct.attend(
            given.tensor("query"),
            given.tensor("key"),
            given.tensor("value"),
            given.attributes().flag("causal") ? mask.causal() : mask,
            given.attributes().real("scale"));
    return List.of(attended.context(), attended.weights());
  }

  /**
   * An attention and, if the case has one, the layer after it, with parameters under their names.
   */
  private static final class Both extends Layer {
    private final @Nullable AttentionalVector vector;

    Both(SequenceAttention attention, @Nullable AttentionalVector vector) {
      child(attention, UnaryOperator.identity());
      this.vector = vector == null ? null : child(vector, UnaryOperator.identity());
    }
  }

  private static List<Tensor> sequence(Given given, SequenceAttention attention) {
    boolean combine = given.attributes().flag("combine");
    Both both =
        new Both(
            attention,
            combine
                ? new AttentionalVector(size(given, "Dq"), size(given, "Dk"), anything())
                : null);
    given.into(both);
    Tensor query = given.tensor("query").transpose(0, 1);
    Lengths lengths =
        given.attributes().flag("masked") ? Lengths.of(given.ints("key_lengths").toArray()) : null;
    Attended attended = attention.forward(query, given.tensor("key").transpose(0, 1), lengths);
    List<Tensor> outputs =
        new ArrayList<>(List.of(attended.context().transpose(0, 1), attended.weights()));
    if (both.vector != null) {
      outputs.add(both.vector.forward(attended.context(), query).transpose(0, 1));
    }
    return outputs;
  }

  private static List<Tensor> multiHead(Given given) {
    ConformanceCase a = given.attributes();
    MultiHeadAttention attention =
        new MultiHeadAttention(
            a.integer("embed_dim"),
            a.integer("num_heads"),
            a.integer("kdim"),
            a.integer("vdim"),
            a.flag("bias"),
            anything());
    given.into(attention);
    AttentionMask mask = AttentionMask.NONE;
    Tensor keep = null;
    if (a.flag("padding_mask")) {
      keep = given.tensor("key_padding_mask").rsub(1).unsqueeze(1).unsqueeze(1);
    }
    switch (a.text("attn_mask_kind")) {
      case "none" -> {}
      case "bias" -> mask = mask.biased(given.tensor("attn_mask"));
      case "causal" -> {
        Tensor seen = given.tensor("attn_mask").rsub(1);
        keep = keep == null ? seen : keep.mul(seen);
      }
      default -> throw new MalformedCaseException("there is no such attn_mask_kind");
    }
    if (keep != null) {
      mask = mask.keeping(keep);
    }
    Tensor query = given.tensor("query");
    Attended attended =
        a.flag("self_attention")
            ? attention.forward(query, mask)
            : attention.forward(query, given.tensor("key"), given.tensor("value"), mask);
    return List.of(
        attended.context(),
        a.flag("average_weights") ? attended.weights().mean(1) : attended.weights());
  }
}
