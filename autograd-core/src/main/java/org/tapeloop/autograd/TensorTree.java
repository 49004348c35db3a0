package org.tapeloop.autograd;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Structures whose leaves are tensors: a tensor itself, a record of such structures, or a list of
 * them. The state of a recurrent cell is one, {@code record LstmState(Tensor h, Tensor c)} say.
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

  /** Constructor and accessors of a record class. */
  private record Parts(MethodHandle constructor, List<MethodHandle> accessors) {}

  private static final ClassValue<Parts> PARTS =
      new ClassValue<>() {
        @Override
        protected Parts computeValue(Class<?> type) {
          return takeApart(type);
        }
      };

  private TensorTree() {}

  /**
   * The tensors of a tree in a fixed order: components and elements from first to last.
   *
   * @throws IllegalArgumentException if something in it is neither tensor nor record nor list
   */
  public static List<Tensor> flatten(Object tree) {
    List<Tensor> tensors = new ArrayList<>();
    collect(tree, tensors);
    return tensors;
  }

  /**
   * A tree of the same structure over other tensors.
   *
   * @param like gives the structure
   * @param tensors in the order of {@link #flatten}
   * @throws IllegalArgumentException if their number differs from the tree's
   */
  public static <S> S rebuild(S like, List<Tensor> tensors) {
    Iterator<Tensor> rest = tensors.iterator();
    @SuppressWarnings("unchecked") // built from the parts of the same classes
    S tree = (S) build(like, rest);
    if (rest.hasNext()) {
      throw new IllegalArgumentException(
          "tree: %d tensors given for %s, which holds %d"
              .formatted(tensors.size(), like.getClass().getName(), flatten(like).size()));
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

  private static void collect(Object tree, List<Tensor> into) {
    switch (tree) {
      case Tensor tensor -> into.add(tensor);
      case Custom custom -> into.addAll(custom.tensors());
      case List<?> list -> list.forEach(element -> collect(element, into));
      case Record record -> {
        for (MethodHandle accessor : PARTS.get(record.getClass()).accessors()) {
          collect(call(accessor, record), into);
        }
      }
      default ->
          throw new IllegalArgumentException(
              "tree: "
                  + tree.getClass().getName()
                  + " is neither a tensor nor a record or list of tensors");
    }
  }

  private static Object build(Object like, Iterator<Tensor> rest) {
    return switch (like) {
      case Tensor tensor -> next(rest);
      case Custom custom -> {
        List<Tensor> own = new ArrayList<>();
        for (int i = custom.tensors().size(); i > 0; i--) {
          own.add(next(rest));
        }
        yield custom.withTensors(own);
      }
      case List<?> list -> {
        List<Object> elements = new ArrayList<>();
        for (Object element : list) {
          elements.add(build(element, rest));
        }
        yield List.copyOf(elements);
      }
      case Record record -> {
        Parts parts = PARTS.get(record.getClass());
        Object[] components = new Object[parts.accessors().size()];
        for (int i = 0; i < components.length; i++) {
          components[i] = build(call(parts.accessors().get(i), record), rest);
        }
        yield call(parts.constructor(), components);
      }
      default ->
          throw new IllegalArgumentException(
              "tree: "
                  + like.getClass().getName()
                  + " is neither a tensor nor a record or list of tensors");
    };
  }

  private static Tensor next(Iterator<Tensor> rest) {
    if (!rest.hasNext()) {
      throw new IllegalArgumentException("tree: fewer tensors given than the structure holds");
    }
    return rest.next();
  }

  private static Parts takeApart(Class<?> type) {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      RecordComponent[] components = type.getRecordComponents();
      Class<?>[] types = new Class<?>[components.length];
      List<MethodHandle> accessors = new ArrayList<>();
      for (int i = 0; i < components.length; i++) {
        types[i] = components[i].getType();
        Method accessor = components[i].getAccessor();
        accessor.setAccessible(true);
        accessors.add(lookup.unreflect(accessor));
      }
      var constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      MethodHandle make = lookup.unreflectConstructor(constructor);
      return new Parts(make.asSpreader(Object[].class, types.length), List.copyOf(accessors));
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new IllegalArgumentException(
          "tree: record %s is closed to %s; make it public in an exported package, open its package,"
                  .formatted(type.getName(), TensorTree.class.getModule())
              + " or let it implement TensorTree.Custom",
          e);
    }
  }

  private static Object call(MethodHandle handle, Object argument) {
    try {
      return handle.invoke(argument);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a record's accessor or constructor failed", e);
    }
  }
}
