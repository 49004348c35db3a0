package org.tapeloop.autograd;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;

/** How the records of a class are taken apart, and made of their components. */
final class RecordParts {
  private static final ClassValue<RecordParts> OF_CLASS =
      new ClassValue<>() {
        @Override
        protected RecordParts computeValue(Class<?> type) {
          return takeApart(type);
        }
      };

  private final MethodHandle constructor;
  private final MethodHandle[] accessors;

  private RecordParts(MethodHandle constructor, MethodHandle[] accessors) {
    this.constructor = constructor;
    this.accessors = accessors;
  }

  /**
   * The parts of a record.
   *
   * @throws IllegalArgumentException if its class is closed to this module
   */
  static RecordParts of(Record record) {
    return OF_CLASS.get(record.getClass());
  }

  /** How many components there are. */
  int count() {
    return accessors.length;
  }

  /** A component of a record. */
  Object get(Record record, int component) {
    return call(accessors[component], record);
  }

  /** A record of these components. */
  Object make(Object[] components) {
    return call(constructor, components);
  }

  private static RecordParts takeApart(Class<?> type) {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      RecordComponent[] components = type.getRecordComponents();
      Class<?>[] types = new Class<?>[components.length];
      MethodHandle[] accessors = new MethodHandle[components.length];
      for (int i = 0; i < components.length; i++) {
        types[i] = components[i].getType();
        Method accessor = components[i].getAccessor();
        accessor.setAccessible(true);
        accessors[i] = lookup.unreflect(accessor);
      }
      var constructor = type.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      MethodHandle make = lookup.unreflectConstructor(constructor);
      return new RecordParts(make.asSpreader(Object[].class, types.length), accessors);
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
    } catch (Throwable e) { // every handle declares it; records throw nothing checked
      throw new IllegalStateException("a record's accessor or constructor failed", e);
    }
  }
}
