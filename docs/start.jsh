import adjoint.autodiff.*
import adjoint.data.*
import adjoint.duality.*
import adjoint.linalg.*
import adjoint.nn.*
import adjoint.nn.files.*
import adjoint.nn.metrics.*
import adjoint.nn.optim.*
import adjoint.autodiff.Reduction
import adjoint.nn.Attention
import adjoint.nn.Module
import java.util.*
import java.util.function.*
import java.util.stream.*
import static java.lang.Math.*
