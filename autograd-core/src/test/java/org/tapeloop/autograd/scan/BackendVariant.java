package org.tapeloop.autograd.scan;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.Backend;

/** Backends with something changed. */
final class BackendVariant {
  private BackendVariant() {}

  /** What a method gives instead, or null where it is the backend's. */
  @FunctionalInterface
  interface Instead {
    @Nullable Object of(String method, Object[] arguments);
  }

  /** A backend one of whose methods gives something else. */
  static Backend of(Backend backend, String name, Object result) {
    return of(backend, (method, arguments) -> method.equals(name) ? result : null);
  }

  static Backend of(Backend backend, Instead instead) {
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (proxy, method, arguments) -> {
              Object[] given = arguments == null ? new Object[0] : arguments;
              Object changed = instead.of(method.getName(), given);
              if (changed != null) {
                return changed;
              }
              try {
                return method.isDefault()
                    ? InvocationHandler.invokeDefault(proxy, method, given)
                    : method.invoke(backend, given);
              } catch (InvocationTargetException e) {
                throw Objects.requireNonNull(e.getCause());
              }
            });
  }
}
