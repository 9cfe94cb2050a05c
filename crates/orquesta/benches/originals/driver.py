"""Does one job with the originals: reads it as JSON from stdin, writes answers and seconds as JSON to stdout.

What StackStorm does around its libraries (parameters as a graph, mappings with an environment of their own) is written anew here,
without its logging, its datastore and its database: less than the real one does.
"""
import collections
import collections.abc
import fractions
import json
import math
import re
import sys
import time
import types

# Orquesta 1.2.0 and the networkx that it asks for are older than this Python: what moved is where they look for it.
fractions.gcd = math.gcd
for name in collections.abc.__all__:
    setattr(collections, name, getattr(collections.abc, name))


def best(work):
    """The seconds of processor time that one round takes, the best of three samples of at least 0.3 s."""

    def sample(rounds):
        start = time.process_time()
        for _ in range(rounds):
            work()
        return time.process_time() - start

    work()
    rounds, spent = 1, sample(1)
    while spent < 0.3:
        rounds *= 2
        spent = sample(rounds)
    return min([spent] + [sample(rounds) for _ in range(2)]) / rounds


def yaql_job(job):
    """As Orquesta asks: engine and library once, a child context and a fresh parse for every expression."""
    import yaql
    from yaql.language import factory

    engine, library = factory.YaqlFactory().create(), yaql.create_context()

    def is_answered(question):
        given = {"data": question["data"]} if "data" in question else {}
        try:
            value = engine(question["expr"]).evaluate(context=library.create_child_context(), **given)
            if isinstance(value, types.GeneratorType):
                list(value)
            return True
        except Exception:
            return False

    def work():
        return sum(is_answered(question) for question in job["questions"])

    return {"answered": work(), "seconds": best(work)}


def new_environment():
    import jinja2.sandbox

    environment = jinja2.sandbox.SandboxedEnvironment(
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(
        {"to_complex": json.dumps, "to_json_string": json.dumps, "from_json_string": json.loads}
    )
    environment.tests["in"] = lambda item, items: item in items
    return environment


CASTS = {
    "array": lambda value: json.loads(value) if isinstance(value, str) else value,
    "boolean": lambda value: {"true": True, "false": False}[value.lower()] if isinstance(value, str) else value,
    "integer": int,
    "number": float,
    "object": lambda value: json.loads(value) if isinstance(value, str) else value,
}


def cast(value, schema):
    convert = CASTS.get(schema.get("type"))
    return value if value is None or convert is None else convert(value)


def is_template(value):
    return isinstance(value, str) and ("{{" in value or "{%" in value)


class Parameters:
    """The parameters of one action on their way from what was given to what runs."""

    def __init__(self, environment, context, schemas):
        import networkx

        self.networkx, self.environment, self.schemas = networkx, environment, schemas
        self.graph, self.values, self.templates = networkx.DiGraph(), {}, {}
        for name, value in context.items():
            self.know(name, value)

    def know(self, name, value):
        self.graph.add_node(name)
        self.templates.pop(name, None)
        self.values[name] = value

    def add(self, name, value):
        from jinja2 import exceptions, meta

        if not is_template(str(value) if isinstance(value, (list, dict)) else value):
            return self.know(name, value)
        try:
            tree = self.environment.parse(str(value))
        except exceptions.TemplateSyntaxError:
            return self.know(name, value)
        self.graph.add_node(name)
        self.values.pop(name, None)
        self.templates[name] = value
        for needed in meta.find_undeclared_variables(tree):
            self.graph.add_edge(needed, name)

    def add_defaults(self):
        for schema in self.schemas:
            for name, keywords in schema.items():
                is_missing = name not in self.templates and self.values.get(name) is None
                if is_missing or keywords.get("immutable", False):
                    self.add(name, keywords.get("default"))

    def render(self, template):
        if isinstance(template, str):
            return self.environment.from_string(template).render(self.values)
        text = re.sub(r'"{{([A-z0-9_-]+)}}"', r"{{\1 | to_complex}}", json.dumps(template))
        return json.loads(self.environment.from_string(text).render(self.values))

    def resolved(self):
        missing = [name for name in self.graph.nodes() if name not in self.values and name not in self.templates]
        if missing or not self.networkx.is_directed_acyclic_graph(self.graph):
            raise ValueError(f"cannot be rendered: {missing}")
        for name in self.networkx.topological_sort(self.graph):
            if name in self.templates:
                self.values[name] = self.render(self.templates[name])
        return self.values

    def schema_of(self, name):
        found = {}
        for schema in self.schemas:
            found = schema.get(name, found)
        return found


def live(environment, context, schemas, given):
    parameters = Parameters(environment, context, schemas)
    for name, value in given.items():
        parameters.add(name, value)
    parameters.add_defaults()
    values = parameters.resolved()
    rendered = {name: cast(values[name], parameters.schema_of(name)) for name in given}
    for schema in schemas:
        for name, keywords in schema.items():
            default = keywords.get("default")
            is_fixed = keywords.get("immutable") or name in given
            if not is_fixed and is_template(default) and values[name] != default:
                rendered[name] = cast(values[name], keywords)
    return rendered


def final(environment, context, schemas, given):
    parameters = Parameters(environment, context, schemas)
    for name, value in given.items():
        parameters.know(name, value)
    parameters.add_defaults()
    rendered = {name: cast(value, parameters.schema_of(name)) for name, value in parameters.resolved().items()}
    action, runner = schemas
    return {
        "runner": {name: value for name, value in rendered.items() if name in runner},
        "action": {name: value for name, value in rendered.items() if name in action and name not in runner},
    }


def parameters_job(job):
    """StackStorm keeps one environment for parameters, and parses and compiles every template anew."""
    questions, environment = job["questions"], new_environment()

    def render(action):
        schemas = [action["parameters"], questions["runners"][action["runner"]]]
        given = live(environment, questions["context"], schemas, action["given"])
        return {"live": given, **final(environment, questions["context"], schemas, given)}

    def work():
        return [render(action) for action in questions["actions"]]

    return {"answers": work(), "seconds": best(work)}


def mappings_job(job):
    """For mappings it sets up an environment each time."""
    questions = job["questions"]

    def render(mapping):
        context = {"__context": questions["event"], **questions["event"]}
        environment = new_environment()
        rendered = {}
        for name, value in mapping.items():
            is_structure = isinstance(value, (list, dict))
            text = json.dumps(value) if is_structure else str(value)
            result = environment.from_string(text).render(context)
            rendered[name] = value if result == text else json.loads(result) if is_structure else result
        return rendered

    def work():
        return [render(mapping) for mapping in questions["mappings"]]

    return {"answers": work(), "seconds": best(work)}


def take_up_orquesta():
    """Its pattern of inline parameters has a flag in the middle, which newer Pythons refuse; as a flag of that part it means the same."""
    from orquesta.utils import parameters

    parameters.REGEX_INLINE_PARAMS = re.sub(r"\(\?i\)(\w+)", r"(?i:\1)", parameters.REGEX_INLINE_PARAMS)


def definitions_job(job):
    take_up_orquesta()
    from orquesta.composers import native as composers
    from orquesta.specs import native as specs

    def mistakes(definition):
        spec = specs.WorkflowSpec(definition)
        found = spec.inspect(app_ctx={"st2": {}, "parent": {}})
        composers.WorkflowComposer.compose(spec)
        return sum(len(kind) for kind in found.values())

    def work():
        return [mistakes(definition) for definition in job["definitions"]]

    return {"mistakes": work(), "seconds": best(work)}


def conduct(definition, inputs):
    from orquesta import conducting, events, statuses
    from orquesta.specs import native as specs

    spec = specs.WorkflowSpec(definition)
    if spec.inspect():
        raise ValueError("the definition has mistakes")
    conductor = conducting.WorkflowConductor(spec, inputs=inputs)
    conductor.request_workflow_status(statuses.RUNNING)
    results, waiting = {}, collections.deque()

    def take_up():
        for task in conductor.get_next_tasks():
            if "items_count" not in task:
                tell(task, None, statuses.RUNNING, None)
            for action in task["actions"]:
                if "items_count" in task:
                    tell(task, action["item_id"], statuses.RUNNING, None)
                waiting.append((task, action))

    def tell(task, item, status, result):
        if item is None:
            event = events.ActionExecutionEvent(status, result=result)
        else:
            known = results.setdefault((task["id"], task["route"]), [None] * task["items_count"])
            known[item] = result
            event = events.TaskItemActionExecutionEvent(item, status, result=result, accumulated_result=known)
        conductor.update_task_state(task["id"], task["route"], event)

    take_up()
    while waiting:
        task, action = waiting.popleft()
        tell(task, action.get("item_id"), statuses.SUCCEEDED, {"stdout": "done"})
        take_up()
    if conductor.get_workflow_status() != statuses.SUCCEEDED:
        raise ValueError(f"the workflow {conductor.get_workflow_status()}: {conductor.errors}")
    conductor.render_workflow_output()
    return conductor.get_workflow_output()


def conduct_job(job):
    take_up_orquesta()

    # Once: it takes seconds.
    start = time.process_time()
    output = conduct(job["definition"], job["inputs"])
    return {"output": output, "seconds": time.process_time() - start}


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump(globals()[asked["job"] + "_job"](asked), sys.stdout)
