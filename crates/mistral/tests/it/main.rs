//! Definitions in the shapes that old packs have, translated and run through the engine of Orquesta.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use squall_mistral::{MistralError, Translation, choose, is_mistral, workflows};
use squall_orquesta::engine::Effect;
use squall_orquesta::{Engine, Event, EventKind, NoHost, Status};

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// Runs a workflow whose actions answer as `act` says, and returns the engine and what was asked of it.
fn run(
    definition: &str,
    inputs: Value,
    act: impl Fn(&str, &Value) -> (Status, Value),
) -> (Engine, Vec<(String, Value)>) {
    let workflow = Translation::of(definition).expect("it translates").compile().expect("it compiles");
    let mut engine = Engine::new(workflow);
    let context = map(
        json!({"st2": {"action_execution_id": "the run", "workflow_execution_id": "the workflow", "api_url": "http://api"}}),
    );
    let mut effects = apply(&mut engine, EventKind::Started { inputs: map(inputs), context });
    let mut asked = Vec::new();
    while let Some(effect) = (!effects.is_empty()).then(|| effects.remove(0)) {
        let Effect::RequestAction { task_id, route, attempt, item_id, action_ref, input, .. } = effect else {
            continue;
        };
        let input = json!(input);
        let (status, result) = act(&task_id, &input);
        asked.push((format!("{task_id}: {action_ref}"), input));
        effects
            .extend(apply(&mut engine, EventKind::ActionChanged { task_id, route, attempt, item_id, status, result }));
    }
    (engine, asked)
}

fn apply(engine: &mut Engine, kind: EventKind) -> Vec<Effect> {
    engine.apply(&mut Event::from(kind), &NoHost).expect("the event makes sense")
}

fn succeeds(_: &str, _: &Value) -> (Status, Value) {
    (Status::Succeeded, json!({"result": "7", "stdout": "said"}))
}

fn names(asked: &[(String, Value)]) -> Vec<&str> {
    asked.iter().map(|(name, _)| name.as_str()).collect()
}

const WORKBOOK: &str = "
name: test.grow
version: '2.0'
workflows:
  main:
    description: a book of one workflow
    type: direct
    input:
      - group
      - force
    task-defaults:
      on-error:
        - fail
    tasks:
      mark:
        action: kv.set key='x'
        on-success:
          - look
      look:
        action: kv.get
        input:
          key: 'group.<% $.group %>.last'
        publish:
          last: <% int($.look.result) %>
          guard: (<% $.look.result %> * 60) < 5
        on-success:
          - name_it: <% $.guard %>
        on-error:
          - tell
      name_it:
        action: random.name count=2
        on-success: grow
      grow:
        action: group.add
        with-items: i in <% range(0, $.last).list() %>
        input:
          group: <% $.group %>
          number: <% $.i %>
          host: <% $.name_it.stdout %>
        on-success:
          - tell
      tell:
        action: chat.say
        input:
          message: \"GROUP[<% $.group %>] has <% $.last + 1 %> of <% $.name_it.stdout.len() %>\"
";

#[test]
fn a_workbook_runs_its_tasks_with_results_under_their_names() {
    let (engine, asked) = run(WORKBOOK, json!({"group": "web", "force": false}), |task, _| match task {
        "look" => (Status::Succeeded, json!({"result": "2"})),
        other => succeeds(other, &Value::Null),
    });
    assert_eq!(engine.status(), Status::Succeeded, "{:?}", engine.errors());
    let expected = [
        "mark: kv.set",
        "look: kv.get",
        "name_it: random.name",
        "grow: group.add",
        "grow: group.add",
        "tell: chat.say",
    ];
    assert_eq!(names(&asked), expected);
    assert_eq!(asked[0].1, json!({"key": "x"}));
    assert_eq!(asked[1].1, json!({"key": "group.web.last"}));
    assert_eq!(asked[4].1, json!({"group": "web", "number": 1, "host": "said"}));
    assert_eq!(asked[5].1, json!({"message": "GROUP[web] has 3 of 4"}));
}

#[test]
fn a_failure_goes_where_the_task_or_all_tasks_say() {
    let fails_at = |failing: &'static str| {
        move |task: &str, input: &Value| {
            if task == failing { (Status::Failed, json!({})) } else { succeeds(task, input) }
        }
    };
    // `tell` asks for what was never there; its own way out of a failure is that of all tasks.
    let (engine, asked) = run(WORKBOOK, json!({"group": "web"}), fails_at("look"));
    assert_eq!((engine.status(), asked.len()), (Status::Failed, 2));
    let error = engine.errors()[1]["message"].as_str().unwrap_or_default().to_owned();
    assert!(error.contains("last") && error.contains("tell") || error.contains("'last'"), "{error}");
    let (engine, asked) = run(WORKBOOK, json!({"group": "web"}), fails_at("mark"));
    assert_eq!((engine.status(), asked.len()), (Status::Failed, 1));
}

const FLOW: &str = "
version: '2.0'
test.destroy:
  type: direct
  input: [wanted, {limit: 1}]
  output:
    ids: <% $.ids %>
    run: <% env().st2_execution_id %>
  tasks:
    list:
      action: cloud.list
      publish:
        ids: <% task(list).result.result.where($.name = execution().input.wanted).select($.id) %>
      on-success:
        - each: <% len($.ids) <= $.limit %>
        - fail: <% len($.ids) > $.limit %>
    each:
      wait-before: 60
      with-items:
        - id in <% $.ids %>
        - name in <% list(only) %>
      action: cloud.destroy
      input: {id: <% $.id %>, name: <% $.name %>}
      retry: {count: 2, delay: 10}
      on-complete: [sweep]
    sweep:
      action: cloud.sweep
      wait-after: 5
      on-success: done
    done:
      join: all
      action: std.noop
";

fn listed(count: usize) -> impl Fn(&str, &Value) -> (Status, Value) {
    move |task, _| match task {
        "list" => (Status::Succeeded, json!({"result": vec![json!({"name": "web", "id": 4}); count]})),
        _ => (Status::Succeeded, json!({})),
    }
}

#[test]
fn conditions_see_what_their_task_published() {
    let (engine, asked) = run(FLOW, json!({"wanted": "web"}), listed(1));
    assert_eq!(engine.status(), Status::Succeeded, "{:?}", engine.errors());
    assert_eq!(
        names(&asked),
        ["list: cloud.list", "each: cloud.destroy", "sweep: cloud.sweep", "sweep__then: core.noop"]
    );
    assert_eq!(asked[1].1, json!({"id": 4, "name": "only"}));
    assert_eq!(engine.result(), json!({"output": {"ids": [4], "run": "the run"}, "ids": [4], "run": "the run"}));
    let (engine, asked) = run(FLOW, json!({"wanted": "web"}), listed(2));
    assert_eq!((engine.status(), asked.len()), (Status::Failed, 1));
}

#[test]
fn retries_and_waits_are_those_of_the_engine() {
    let definition = Translation::of(FLOW).expect("it translates").definition;
    let each = &definition["tasks"]["each"];
    assert_eq!((&each["delay"], &each["retry"]), (&json!(60), &json!({"count": 2, "delay": 10})));
    assert_eq!(definition["tasks"]["sweep__then"]["delay"], json!(5));
    let conditional = "version: '2.0'\nw: {tasks: {a: {action: t.a, timeout: 9, retry: {count: 3, delay: 1, break-on: '<% $.stop %>'}}}}";
    let a = &Translation::of(conditional).expect("it translates").definition["tasks"]["a"];
    assert_eq!(a["retry"]["when"], json!("<% failed() and not (ctx().stop) %>"));
    assert_eq!(a["input"], json!({"timeout": 9}));
}

#[test]
fn what_is_not_understood_is_named_with_its_place() {
    let cases = [
        ("    a: {action: t.a, pause-before: <% $.x %>}", "`pause-before` must be true or false", (4, 22)),
        (
            "    a: {action: t.a, with-items: ['i in <% $.l %>', 'j in {{ _.m }}']}",
            "`with-items` can't mix Jinja with anything else",
            (4, 22),
        ),
        (
            "    a: {action: t.a}\n  output-on-error: {x: 1}",
            "the key `output-on-error` of a workflow is not understood",
            (5, 3),
        ),
        ("    a: {workflow: other}", "there is no workflow `other` in the workbook", (4, 9)),
        ("    a: {workflow: w, action: t.a}", "a task has an `action` or a `workflow`, not both", (4, 9)),
        ("    a-b: {}\n    a_b: {}", "another task is called `a_b`, too", (5, 5)),
        ("    a: {action: std.echo output=x}", "Mistral's own action `std.echo output=x` is not there", (4, 9)),
        ("    a: {action: t.a, colour: blue}", "the key `colour` of a task is not understood", (4, 22)),
        ("    a: {action: t.a, publish: {x: '<% env().nothing %>'}}", "`env().nothing` is not understood", (4, 32)),
    ];
    for (task, message, place) in cases {
        let text = format!("version: '2.0'\nw:\n  tasks:\n{task}\n");
        let Err(MistralError::Mistakes(mistakes)) = Translation::of(&text).map(|_| ()) else { panic!("{text}") };
        assert_eq!((mistakes[0].message.as_str(), mistakes[0].place), (message, Some(place)), "{mistakes:?}");
    }
}

#[test]
fn a_task_that_does_not_exist_is_told_where_it_is_named() {
    let text = "version: '2.0'\nw:\n  tasks:\n    a:\n      action: t.a\n      on-success: [nowhere]\n";
    let translation = Translation::of(text).expect("it translates");
    let told: Vec<_> = translation.inspect(&Map::new()).into_iter().map(|found| (found.message, found.place)).collect();
    assert_eq!(told, [("The task \"nowhere\" is not defined.".to_owned(), Some((4, 5)))]);
    let (engine, asked) = {
        let mut engine = Engine::new(Arc::clone(&translation.compile().expect("it compiles")));
        let effects = apply(&mut engine, EventKind::Started { inputs: Map::new(), context: Map::new() });
        (engine, effects)
    };
    assert_eq!((engine.status(), asked.len()), (Status::Failed, 1), "it does not begin");
}

#[test]
fn a_variable_that_nothing_sets_is_told_and_stops_what_reads_it_when_it_is_read() {
    let text = "version: '2.0'\nw:\n  tasks:\n    a: {action: t.a, on-error: [b]}\n    b: {action: t.b, input: {x: <% $.nobody %>}}\n";
    let translation = Translation::of(text).expect("it translates");
    let told = translation.inspect(&Map::new());
    assert!(told[0].message.contains("\"nobody\""), "{told:?}");
    assert_eq!(run(text, json!({}), succeeds).0.status(), Status::Succeeded);
    let (engine, _) = run(text, json!({}), |_, _| (Status::Failed, json!({})));
    assert_eq!(engine.status(), Status::Failed);
    assert!(json!(engine.errors()).to_string().contains("nobody"), "{:?}", engine.errors());
}

#[test]
fn the_version_tells_the_language() {
    for (text, expected) in [
        ("version: '2.0'\na: {}", true),
        ("version: 2.0\na: {}", true),
        ("version: 1.0\ntasks: {a: {delay: 2}}", false),
        ("tasks: {}", false),
        ("version: [2", false),
    ] {
        assert_eq!(is_mistral(text), expected, "{text}");
    }
}

#[test]
fn dollar_is_an_item_only_where_a_function_applies_to_items() {
    let text = "version: '2.0'\nw:\n  input: [l, d]\n  tasks:\n    a: {action: t.a, input: {x: \"<% $.l.where($ > 1).select($ + 1) %>\", y: '<% $.d.get(k) + $.l.len() %>', z: \"{{ _.d.k }} $.l\"}}\n";
    let (_, asked) = run(text, json!({"l": [1, 2, 3], "d": {"k": 5}}), succeeds);
    assert_eq!(asked[0].1, json!({"x": [3, 4], "y": 8, "z": "5 $.l"}));
}

const BOOK: &str = "
version: '2.0'
name: test.book
workflows:
  main:
    input: [name]
    output: {id: <% $.id %>}
    tasks:
      make-one:
        workflow: make
        input: {name: <% $.name %>}
        retry: {count: 2, delay: 1}
        publish: {id: <% task(make-one).result.id %>}
        on-success: [use-it]
        on-error: [undo]
      use-it: {action: t.use, input: {id: \"<% $.id %>\", all: \"<% task(make-one).result %>\"}}
      undo: {action: t.undo, on-complete: throw}
      throw: {action: std.fail}
  make:
    input: [name]
    output: {id: <% $.id %>}
    tasks:
      make: {action: t.make, publish: {id: <% $.make.stdout %>}}
";

#[test]
fn a_task_may_be_another_workflow_of_the_workbook_whose_result_is_its_output() {
    let (engine, asked) = run(BOOK, json!({"name": "web"}), |task, _| match task {
        "make_one" => (Status::Succeeded, json!({"output": {"id": "vm1"}})),
        other => succeeds(other, &Value::Null),
    });
    assert_eq!(engine.status(), Status::Succeeded, "{:?}", engine.errors());
    assert_eq!(names(&asked), ["make_one: #make", "use_it: t.use"]);
    assert_eq!(asked[0].1, json!({"name": "web"}));
    assert_eq!(asked[1].1, json!({"id": "vm1", "all": {"id": "vm1"}}));
    // Whoever calls this workbook from elsewhere reads `task(x).result.id`.
    assert_eq!(engine.result(), json!({"output": {"id": "vm1"}, "id": "vm1"}));
}

#[test]
fn a_workflow_that_throws_after_it_has_tidied_up_fails() {
    let (engine, asked) = run(BOOK, json!({"name": "web"}), |task, _| match task {
        "make_one" => (Status::Failed, json!({"output": null})),
        other => succeeds(other, &Value::Null),
    });
    assert_eq!(names(&asked), ["make_one: #make", "make_one: #make", "make_one: #make", "undo: t.undo"]);
    assert_eq!(engine.status(), Status::Failed);
}

#[test]
fn a_text_may_stand_for_any_workflow_of_its_workbook() {
    assert_eq!(workflows(BOOK), ["main", "make"]);
    for (chosen, expected) in [("make", "t.make"), ("test.book.make", "t.make"), ("test.book.main", "#make")] {
        let (_, asked) = run(&choose(BOOK, chosen), json!({"name": "web"}), succeeds);
        assert!(asked[0].0.ends_with(expected), "{chosen}: {asked:?}");
    }
    let Err(error) = Translation::of(&choose(BOOK, "nobody")).map(|_| ()) else { panic!("there is no such workflow") };
    assert_eq!(error.to_string(), "there is no workflow `nobody` in the file");
}

const BRANCHES: &str = "
version: '2.0'
test.branches:
  input: [which]
  vars:
    seen: nobody
    place: <% $.which + '/here' %>
  output:
    path: \"{{ _.path }}\"
    seen: <% $.seen %>
    place: <% $.place %>
    run: \"{{ env().st2_execution_id }}\"
  tasks:
    look:
      action: t.look
      input: {cmd: \"{% for name in _.names %}{{ name }};{% endfor %}\"}
      publish:
        path: \"{{ task('look').result.stdout }}\"
        seen: somebody
      on-success:
        - left: \"{{ _.path == 'left' }}\"
        - right: \"{{ not _.path in ['left'] }}\"
    left: {action: t.left, input: {said: \"{{ task('look').result.stdout ~ ' of task(1) _.x' }}\", key: \"{{ st2kv.system.some.key | default('') }}\"}}
    right: {action: t.right, input: {all: <% env() %>, more: \"{{ env()['__actions']['st2.action']['st2_context']['parent'] }}\"}}
";

#[test]
fn jinja_reads_results_variables_and_the_environment_as_yaql_does() {
    let text = BRANCHES
        .replace("input: [which]", "input: [which, {names: [a, b]}]")
        .replace("st2kv.system.some.key | default('')", "_.seen");
    let answer = |path: &'static str| move |_: &str, _: &Value| (Status::Succeeded, json!({"stdout": path}));
    let (engine, asked) = run(&text, json!({"which": "way"}), answer("left"));
    assert_eq!(engine.status(), Status::Succeeded, "{:?}", engine.errors());
    assert_eq!(asked[0], ("look: t.look".to_owned(), json!({"cmd": "a;b;"})));
    assert_eq!(asked[1], ("left: t.left".to_owned(), json!({"said": "left of task(1) _.x", "key": "somebody"})));
    let output = json!({"path": "left", "seen": "somebody", "place": "way/here", "run": "the run"});
    assert_eq!(engine.result()["output"], output);
    let (engine, asked) = run(&text, json!({"which": "way"}), answer("right"));
    assert_eq!(engine.status(), Status::Succeeded, "{:?}", engine.errors());
    assert_eq!(asked[1].1["all"]["st2_execution_id"], json!("the run"));
    assert_eq!(asked[1].1["more"], json!({"execution_id": "the run"}));
    let translated = Translation::of(BRANCHES).expect("it translates").definition;
    let key = &translated["tasks"]["left"]["input"]["key"];
    assert_eq!(key, &json!("{{ st2kv('system.some.key') | default('') }}"));
}

#[test]
fn items_are_of_a_literal_list_too_and_have_names_in_jinja() {
    let flow = |items: &str, input: &str| {
        format!(
            "version: '2.0'\nw:\n  input: [l]\n  output: {{all: \"{{{{ _.all }}}}\"}}\n  tasks:\n    each:\n      with-items: {items}\n      action: t.each\n      input: {input}\n      publish:\n        all: \"{{{{ task('each').result | map(attribute='stdout') | list }}}}\"\n"
        )
    };
    for (items, input, expected) in [
        ("i in [0, 1]", "{n: <% $.i + 1 %>}", json!([{"n": 1}, {"n": 2}])),
        (
            "\"i in ['a b', 'c''d', null, {k: [true]}]\"",
            "{n: <% $.i %>}",
            json!([{"n": "a b"}, {"n": "c'd"}, {"n": null}, {"n": {"k": [true]}}]),
        ),
        ("\"i in {{ _.l }}\"", "{n: \"{{ _.i }}-{{ _.l[0] }}\"}", json!([{"n": "x-x"}, {"n": "y-x"}])),
        ("['i in [7, 8]', 'j in <% $.l %>']", "{n: <% $.j + str($.i) %>}", json!([{"n": "x7"}, {"n": "y8"}])),
        ("['i in {{ _.l }}', 'j in {{ _.l }}']", "{n: \"{{ _.i ~ _.j }}\"}", json!([{"n": "xx"}, {"n": "yy"}])),
    ] {
        let (engine, asked) = run(&flow(items, input), json!({"l": ["x", "y"]}), succeeds);
        assert_eq!(engine.status(), Status::Succeeded, "{items}: {:?}", engine.errors());
        assert_eq!(asked.iter().map(|(_, input)| input.clone()).collect::<Value>(), expected, "{items}");
        assert_eq!(engine.result()["output"]["all"], json!(vec!["said"; asked.len()]), "{items}");
    }
}

const PAUSING: &str = "
version: '2.0'
test.pausing:
  tasks:
    first: {action: t.first, publish: {said: <% task(first).result.stdout %>}, on-success: [second, third]}
    second: {action: t.second, pause-before: true, input: {said: <% $.said %>}}
    third: {action: t.third, on-success: [pause]}
";

/// Applies the end of an action that was asked for.
fn end(engine: &mut Engine, asked: &Effect) -> Vec<Effect> {
    let Effect::RequestAction { task_id, route, attempt, .. } = asked.clone() else { panic!("{asked:?}") };
    let (status, result) = succeeds("", &Value::Null);
    apply(engine, EventKind::ActionChanged { task_id, route, attempt, item_id: None, status, result })
}

#[test]
fn a_workflow_pauses_before_a_task_until_somebody_resumes_it() {
    let workflow = Translation::of(PAUSING).expect("it translates").compile().expect("it compiles");
    let mut engine = Engine::new(Arc::clone(&workflow));
    let started = apply(&mut engine, EventKind::Started { inputs: Map::new(), context: Map::new() });
    let paused = end(&mut engine, &started[0]);
    assert_eq!(paused, [Effect::WorkflowChanged { status: Status::Paused }]);
    // Whoever takes the workflow over knows what it waits for.
    let mut engine = Engine::restore(Arc::clone(&workflow), engine.snapshot()).expect("it is restored");
    let resumed = apply(&mut engine, EventKind::ResumeRequested);
    let asked: Vec<&Effect> = resumed.iter().filter(|effect| matches!(effect, Effect::RequestAction { .. })).collect();
    assert_eq!(asked.len(), 2, "{resumed:?}");
    assert!(matches!(asked[0], Effect::RequestAction { input, .. } if input["said"] == json!("said")));
    end(&mut engine, asked[0]);
    assert_eq!(engine.status(), Status::Running);
    end(&mut engine, asked[1]);
    assert_eq!(engine.status(), Status::Paused, "the command `pause`");
    let ended = apply(&mut engine, EventKind::ResumeRequested);
    assert_eq!(engine.status(), Status::Succeeded, "{ended:?}");
}

#[test]
fn what_is_published_on_an_error_does_not_answer_it() {
    let text = "version: '2.0'\nw:\n  output: {why: <% $.why %>}\n  tasks:\n    a: {action: t.a, publish-on-error: {why: <% task(a).result.stderr %>}}\n";
    let (engine, _) = run(text, json!({}), |_, _| (Status::Failed, json!({"stderr": "no"})));
    assert_eq!((engine.status(), &engine.result()["output"]), (Status::Failed, &json!({"why": "no"})));
}
