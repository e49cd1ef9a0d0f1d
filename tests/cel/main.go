// Tries the ValidatingAdmissionPolicy that limits the gateway's writes with the CEL evaluator that Kubernetes itself uses.
// See run.sh.
//
//	cel POLICY.json CASES.json
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/google/cel-go/cel"
)

const gateway = "system:serviceaccount:ops:gateway"

type policy struct {
	Spec struct {
		FailurePolicy   string
		MatchConditions []struct{ Expression string }
		Variables       []struct{ Name, Expression string }
		Validations     []struct{ Expression string }
	}
}

type request struct {
	Name      string
	Allowed   bool
	User      string
	Operation string
	Resource  string
	Object    map[string]any
	OldObject map[string]any
}

func main() {
	var p policy
	var cases []request
	read(os.Args[1], &p)
	read(os.Args[2], &cases)
	// The options of k8s.io/apiserver/pkg/cel/environment. Kubernetes declares the types of request and variables, where this leaves them open: a field
	// that does not exist would be found out there when the policy is applied, and here only when it is read.
	env, err := cel.NewEnv(cel.HomogeneousAggregateLiterals(), cel.EagerlyValidateDeclarations(true), cel.DefaultUTCTimeZone(true), cel.CrossTypeNumericComparisons(true),
		cel.Variable("object", cel.DynType), cel.Variable("oldObject", cel.DynType), cel.Variable("request", cel.DynType), cel.Variable("variables", cel.DynType))
	must(err)
	failed := 0
	for _, c := range cases {
		got, why := decide(env, p, c)
		if got != c.Allowed {
			failed++
			fmt.Printf("WRONG  %s: allowed is %v, expected %v (%s)\n", c.Name, got, c.Allowed, why)
		} else {
			fmt.Printf("right  %s: allowed is %v (%s)\n", c.Name, got, why)
		}
	}
	fmt.Printf("%d passed, %d failed\n", len(cases)-failed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}

// An error counts as no, as failurePolicy Fail says.
func decide(env *cel.Env, p policy, c request) (bool, string) {
	if p.Spec.FailurePolicy != "Fail" {
		return false, "failurePolicy is not Fail"
	}
	user, operation := c.User, c.Operation
	if user == "" {
		user = gateway
	}
	if operation == "" {
		operation = "CREATE"
	}
	variables := map[string]any{}
	facts := map[string]any{
		"request":   map[string]any{"userInfo": map[string]any{"username": user}, "operation": operation, "resource": map[string]any{"group": "rbac.authorization.k8s.io", "version": "v1", "resource": c.Resource}},
		"object":    orNull(c.Object),
		"oldObject": orNull(c.OldObject),
		"variables": variables,
	}
	for _, condition := range p.Spec.MatchConditions {
		value, err := evaluate(env, condition.Expression, facts)
		if err != nil {
			return false, err.Error()
		}
		if value != true {
			return true, "not for this user"
		}
	}
	for _, variable := range p.Spec.Variables {
		// An error in a variable counts where it is used.
		if value, err := evaluate(env, variable.Expression, facts); err == nil {
			variables[variable.Name] = value
		}
	}
	for i, validation := range p.Spec.Validations {
		value, err := evaluate(env, validation.Expression, facts)
		if err != nil {
			return false, fmt.Sprintf("validation %d: %v", i+1, err)
		}
		if value != true {
			return false, fmt.Sprintf("validation %d", i+1)
		}
	}
	return true, "all validations"
}

func evaluate(env *cel.Env, expression string, facts map[string]any) (any, error) {
	ast, issues := env.Compile(expression)
	must(issues.Err())
	program, err := env.Program(ast)
	must(err)
	value, _, err := program.Eval(facts)
	if err != nil {
		return nil, err
	}
	return value.Value(), nil
}

func orNull(object map[string]any) any {
	if object == nil {
		return nil
	}
	return object
}

func read(file string, into any) {
	text, err := os.ReadFile(file)
	must(err)
	must(json.Unmarshal(text, into))
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(2)
	}
}
