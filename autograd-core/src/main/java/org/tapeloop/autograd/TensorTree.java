package org.tapeloop.autograd;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Structures whose leaves are tensors: a tensor itself, a record of such structures, or a list of
 * them. The state of a recurrent cell is one, {@code record LstmState(Tensor h, Tensor c)} say.
 *
 * <p>Where {@link Leaves} are taken, leaves may be indices as well.
 *
 * <p>Records are taken apart through their components. A record in a named module must be public in
 * an exported package, or its package open to this module; otherwise it can implement {@link
 * Custom}.
 */
public final class TensorTree {

  /** A structure that takes itself apart and puts itself together. */
  public interface Custom {
    /** The tensors in a fixed order. */
    List<Tensor> tensors();

    /** The same structure over other tensors, in the order of {@link #tensors}. */
    Custom withTensors(List<Tensor> tensors);
  }

  /** The leaves of a tree, tensors and indices each in a fixed order. */
  public record Leaves(List<Tensor> tensors, List<IntTensor> indices) {

    /** Whether there are none. */
    public boolean isEmpty() {
      return tensors.isEmpty() && indices.isEmpty();
    }

    /** The shape of leaf number {@code i}, tensors first. */
    public Shape shape(int i) {
      int count = tensors.size();
      return i < count ? tensors.get(i).shape() : indices.get(i - count).shape();
    }

    /** The shapes of all of them. */
    public List<Shape> shapes() {
      return IntStream.range(0, tensors.size() + indices.size()).mapToObj(this::shape).toList();
    }
  }

  /** The number behind a tensor that is another one. */
  private static final int OTHER = Integer.MAX_VALUE;

  /** Leaves that most trees have at most. */
  private static final int FEW = 4;

  private TensorTree() {}

  /**
   * The tensors of a tree in a fixed order: components and elements from first to last.
   *
   * @throws IllegalArgumentException if something in it is neither tensor nor record nor list
   */
  public static List<Tensor> flatten(Object tree) {
    List<Tensor> tensors = new ArrayList<>(FEW);
    collect(tree, tensors, null);
    return tensors;
  }

  /**
   * Does something with each tensor of a tree, in the order of {@link #flatten}.
   *
   * @throws IllegalArgumentException if something in it is neither tensor nor record nor list
   */
  public static void forEach(Object tree, Consumer<Tensor> action) {
    switch (tree) {
      case null -> throw new NullPointerException("tree: it, or a part of it, is null");
      case Tensor tensor -> action.accept(tensor);
      case Custom custom -> custom.tensors().forEach(action);
      case List<?> list -> {
        for (int i = 0; i < list.size(); i++) {
          forEach(list.get(i), action);
        }
      }
      case Record record -> {
        RecordParts parts = RecordParts.of(record);
        for (int i = 0; i < parts.count(); i++) {
          forEach(parts.get(record, i), action);
        }
      }
      default -> throw notATree(tree);
    }
  }

  /**
   * Where in the tree each tensor of {@link #flatten} stands: {@code c}, {@code layers[1].h} or
   * {@code [0]}, and nothing for a tree that is a tensor itself.
   *
   * @throws IllegalArgumentException if something in it is neither tensor nor record nor list
   */
  public static List<String> names(Object tree) {
    List<String> names = new ArrayList<>(FEW);
    name(tree, "", names);
    return names;
  }

  private static void name(Object tree, String place, List<String> names) {
    switch (tree) {
      case Record record when !(record instanceof Custom) -> {
        RecordComponent[] components = record.getClass().getRecordComponents();
        RecordParts parts = RecordParts.of(record);
        for (int i = 0; i < components.length; i++) {
          String component = components[i].getName();
          String inner = place.isEmpty() ? component : place + "." + component;
          name(parts.get(record, i), inner, names);
        }
      }
      case List<?> list -> {
        for (int i = 0; i < list.size(); i++) {
          name(list.get(i), "%s[%d]".formatted(place, i), names);
        }
      }
      case Custom custom -> name(custom.tensors(), place, names);
      case Tensor tensor -> names.add(place);
      default -> throw notATree(tree);
    }
  }

  /**
   * Whether these are the very tensors of a tree, in the order of {@link #flatten}.
   *
   * @throws IllegalArgumentException if something in it is neither tensor nor record nor list
   */
  public static boolean isOver(Object tree, List<Tensor> tensors) {
    return match(tree, tensors, 0) == tensors.size();
  }

  /**
   * Whether two trees have the same structure, so that {@link #rebuild} makes the same of both. Of
   * trees with {@link Custom} parts only these know: they are unlike any.
   */
  public static boolean isAlike(Object a, Object b) {
    return switch (a) {
      case Tensor tensor -> b instanceof Tensor;
      case IntTensor ids -> b instanceof IntTensor;
      case Custom custom -> false;
      case List<?> list ->
          b instanceof List<?> other && !(b instanceof Custom) && isAlike(list, other);
      case Record record -> b.getClass() == record.getClass() && isAlike(record, (Record) b);
      default -> false;
    };
  }

  private static boolean isAlike(List<?> a, List<?> b) {
    boolean alike = a.size() == b.size();
    for (int i = 0; alike && i < a.size(); i++) {
      alike = isAlike(a.get(i), b.get(i));
    }
    return alike;
  }

  private static boolean isAlike(Record a, Record b) {
    RecordParts parts = RecordParts.of(a);
    boolean alike = true;
    for (int i = 0; alike && i < parts.count(); i++) {
      alike = isAlike(parts.get(a, i), parts.get(b, i));
    }
    return alike;
  }

  /** The number of the tensor behind those of the tree, the first of which has this number. */
  private static int match(Object tree, List<Tensor> tensors, int first) {
    int at = first;
    switch (tree) {
      case null -> throw new NullPointerException("tree: it, or a part of it, is null");
      case Tensor tensor -> {
        boolean same = at < tensors.size() && tensors.get(at) == tensor;
        at = same ? at + 1 : OTHER;
      }
      case Custom custom -> at = match(custom.tensors(), tensors, at);
      case List<?> list -> {
        for (int i = 0; i < list.size(); i++) {
          at = match(list.get(i), tensors, at);
        }
      }
      case Record record -> {
        RecordParts parts = RecordParts.of(record);
        for (int i = 0; i < parts.count(); i++) {
          at = match(parts.get(record, i), tensors, at);
        }
      }
      default -> throw notATree(tree);
    }
    return at;
  }

  /**
   * The tensors and the indices of a tree.
   *
   * @throws IllegalArgumentException if something in it is none of them, nor record, nor list
   */
  public static Leaves leaves(Object tree) {
    Leaves leaves = new Leaves(new ArrayList<>(FEW), new ArrayList<>(0));
    collect(tree, leaves.tensors, leaves.indices);
    return leaves;
  }

  /**
   * A tree of the same structure over other tensors.
   *
   * @param like gives the structure
   * @param tensors in the order of {@link #flatten}
   * @throws IllegalArgumentException if their number differs from the tree's
   */
  public static <S> S rebuild(S like, List<Tensor> tensors) {
    return rebuild(like, new Rest(tensors, List.of()));
  }

  /**
   * A tree of the same structure over other tensors and indices.
   *
   * @param like gives the structure
   * @param leaves in the order of {@link #leaves}
   * @throws IllegalArgumentException if their numbers differ from the tree's
   */
  public static <S> S rebuild(S like, Leaves leaves) {
    return rebuild(like, new Rest(leaves.tensors, leaves.indices));
  }

  private static <S> S rebuild(S like, Rest rest) {
    @SuppressWarnings("unchecked") // built from the parts of the same classes
    S tree = (S) build(like, rest);
    if (!rest.isEmpty()) {
      Leaves held = leaves(like);
      throw new IllegalArgumentException(
          "tree: %d tensors and %d indices given for %s, which holds %d and %d"
              .formatted(
                  rest.tensors.size(),
                  rest.indices.size(),
                  like.getClass().getName(),
                  held.tensors.size(),
                  held.indices.size()));
    }
    return tree;
  }

  /** The tree with each tensor replaced. */
  public static <S> S map(S tree, UnaryOperator<Tensor> function) {
    return rebuild(tree, flatten(tree).stream().map(function).toList());
  }

  /**
   * The tree with no gradient flowing back through it: what truncated backpropagation carries over.
   */
  public static <S> S detach(S tree) {
    return map(tree, Tensor::detach);
  }

  /**
   * The rows of one tree or of another of the same structure.
   *
   * @param rows [B, 1]; not 0 where row b of each tensor [B, ...] comes from {@code a}, 0 where it
   *     comes from {@code b}
   */
  public static <S> S where(Tensor rows, S a, S b) {
    List<Tensor> first = flatten(a);
    List<Tensor> second = flatten(b);
    List<Tensor> chosen = new ArrayList<>();
    for (int k = 0; k < first.size(); k++) {
      int[] extents = new int[first.get(k).rank()];
      Arrays.fill(extents, 1);
      extents[0] = rows.extent(0);
      chosen.add(rows.reshape(extents).where(first.get(k), second.get(k)));
    }
    return rebuild(a, chosen);
  }

  /**
   * @param indices takes the indices, or null where there must be none
   */
  private static void collect(Object tree, List<Tensor> into, @Nullable List<IntTensor> indices) {
    switch (tree) {
      case null -> throw new NullPointerException("tree: it, or a part of it, is null");
      case Tensor tensor -> into.add(tensor);
      case IntTensor ids when indices != null -> indices.add(ids);
      case Custom custom -> into.addAll(custom.tensors());
      case List<?> list -> {
        for (int i = 0; i < list.size(); i++) {
          collect(list.get(i), into, indices);
        }
      }
      case Record record -> {
        RecordParts parts = RecordParts.of(record);
        for (int i = 0; i < parts.count(); i++) {
          collect(parts.get(record, i), into, indices);
        }
      }
      default -> throw notATree(tree);
    }
  }

  private static IllegalArgumentException notATree(Object tree) {
    return new IllegalArgumentException(
        "tree: "
            + tree.getClass().getName()
            + " is neither a tensor nor a record or list of tensors");
  }

  /** The leaves that a tree being built has not taken yet. */
  private static final class Rest {
    private final List<Tensor> tensors;
    private final List<IntTensor> indices;
    private int nextTensor;
    private int nextIndices;

    Rest(List<Tensor> tensors, List<IntTensor> indices) {
      this.tensors = tensors;
      this.indices = indices;
    }

    Tensor tensor() {
      return next(tensors, nextTensor++);
    }

    IntTensor indices() {
      return next(indices, nextIndices++);
    }

    private static <L> L next(List<L> all, int at) {
      if (at >= all.size()) {
        throw new IllegalArgumentException(
            "tree: fewer tensors or indices given than the structure holds");
      }
      return all.get(at);
    }

    boolean isEmpty() {
      return nextTensor == tensors.size() && nextIndices == indices.size();
    }
  }

  private static Object build(Object like, Rest rest) {
    return switch (like) {
      case Tensor tensor -> rest.tensor();
      case IntTensor ids -> rest.indices();
      case Custom custom -> {
        int count = custom.tensors().size();
        List<Tensor> own = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
          own.add(rest.tensor());
        }
        yield custom.withTensors(own);
      }
      case List<?> list -> {
        Object[] elements = new Object[list.size()];
        for (int i = 0; i < elements.length; i++) {
          elements[i] = build(list.get(i), rest);
        }
        yield List.of(elements);
      }
      case Record record -> {
        RecordParts parts = RecordParts.of(record);
        Object[] components = new Object[parts.count()];
        for (int i = 0; i < components.length; i++) {
          components[i] = build(parts.get(record, i), rest);
        }
        yield parts.make(components);
      }
      default -> throw notATree(like);
    };
  }
}
