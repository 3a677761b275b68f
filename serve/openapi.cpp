#include <string>

#include "serve/service.h"

namespace seqrec::serve {
namespace {

constexpr const char* kDocument = R"json({
  "openapi": "3.0.3",
  "info": {"title": "seqrec", "version": "VERSION", "description": "Next items for users and histories."},
  "paths": {
    "/recommend": {
      "post": {
        "summary": "The best next items, of one request or of a list of them",
        "requestBody": {"required": true, "content": {"application/json": {"schema": {"oneOf": [
          {"$ref": "#/components/schemas/RecommendRequest"}, {"$ref": "#/components/schemas/RecommendRequests"}]}}}},
        "responses": {
          "200": {"description": "The answer, or the list's answers in its order", "content": {"application/json":
            {"schema": {"oneOf": [
              {"$ref": "#/components/schemas/Answer"}, {"$ref": "#/components/schemas/Answers"}]}}}},
          "400": {"$ref": "#/components/responses/Error"}, "404": {"$ref": "#/components/responses/Error"},
          "413": {"$ref": "#/components/responses/Error"}, "422": {"description":
            "A request that can't be answered: its user is unknown, or its history is empty", "content":
            {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}}},
          "503": {"$ref": "#/components/responses/Error"}}
      }
    },
    "/score": {
      "post": {
        "summary": "The scores of given items",
        "requestBody": {"required": true, "content": {"application/json": {"schema":
          {"$ref": "#/components/schemas/ScoreRequest"}}}},
        "responses": {
          "200": {"description": "Scores in the order of the items, null for one that the model doesn't know",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Scores"}}}},
          "400": {"$ref": "#/components/responses/Error"}, "404": {"$ref": "#/components/responses/Error"},
          "413": {"$ref": "#/components/responses/Error"}, "422": {"$ref": "#/components/responses/Error"},
          "503": {"$ref": "#/components/responses/Error"}}
      }
    },
    "/similar": {
      "post": {
        "summary": "The items that are most like given ones",
        "description": "By the cosine of the model's item vectors; the given items are left out",
        "requestBody": {"required": true, "content": {"application/json": {"schema":
          {"$ref": "#/components/schemas/SimilarRequest"}}}},
        "responses": {
          "200": {"description": "Items and their cosines, best first", "content": {"application/json": {"schema":
            {"$ref": "#/components/schemas/SimilarItems"}}}},
          "400": {"$ref": "#/components/responses/Error"}, "404": {"$ref": "#/components/responses/Error"},
          "413": {"$ref": "#/components/responses/Error"}, "422": {"$ref": "#/components/responses/Error"},
          "503": {"$ref": "#/components/responses/Error"}}
      }
    },
    "/": {
      "get": {"summary": "A page for people", "responses": {"200": {"description": "It",
        "content": {"text/html": {"schema": {"type": "string"}}}}}}
    },
    "/models": {
      "get": {"summary": "The models that are served, the first one answers who names none", "responses": {"200":
        {"description": "Their names and sizes", "content": {"application/json": {"schema":
          {"$ref": "#/components/schemas/Models"}}}}}}
    },
    "/items": {
      "parameters": [{"$ref": "#/components/parameters/Model"}, {"$ref": "#/components/parameters/Text"},
        {"$ref": "#/components/parameters/Limit"}],
      "get": {"summary": "Items by their titles and tokens", "description":
        "Those that hold every word of q, in upper or lower case; the first ones without q", "responses": {
        "200": {"description": "The best matches first", "content": {"application/json": {"schema":
          {"$ref": "#/components/schemas/Items"}}}},
        "400": {"$ref": "#/components/responses/Error"}, "404": {"$ref": "#/components/responses/Error"},
        "503": {"$ref": "#/components/responses/Error"}}}
    },
    "/users": {
      "parameters": [{"$ref": "#/components/parameters/Model"}, {"$ref": "#/components/parameters/Text"},
        {"$ref": "#/components/parameters/Limit"}],
      "get": {"summary": "Known users by their tokens, with what they did last; only with --histories", "responses": {
        "200": {"description": "The best matches first, histories from the oldest item on", "content":
          {"application/json": {"schema": {"$ref": "#/components/schemas/Users"}}}},
        "400": {"$ref": "#/components/responses/Error"}, "404": {"$ref": "#/components/responses/Error"},
        "503": {"$ref": "#/components/responses/Error"}}}
    },
    "/v2/health/live": {
      "get": {"summary": "Whether the process serves", "responses": {"200": {"description": "It does",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Live"}}}}}}
    },
    "/v2/health/ready": {
      "get": {"summary": "Whether to send requests here", "responses": {
        "200": {"description": "Yes", "content": {"application/json": {"schema":
          {"$ref": "#/components/schemas/Ready"}}}},
        "503": {"description": "No: it is ending", "content": {"application/json": {"schema":
          {"$ref": "#/components/schemas/Ready"}}}}}}
    },
    "/v2": {
      "get": {"summary": "The server, by KServe's protocol version 2", "responses": {"200": {"description": "Metadata",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Server"}}}}}}
    },
    "/v2/models/{model}": {
      "parameters": [{"name": "model", "in": "path", "required": true, "schema": {"type": "string"}}],
      "get": {"summary": "A model, by KServe's protocol version 2", "responses": {
        "200": {"description": "Metadata", "content": {"application/json": {"schema":
          {"$ref": "#/components/schemas/Model"}}}},
        "404": {"$ref": "#/components/responses/Error"}}}
    },
    "/v2/models/{model}/ready": {
      "parameters": [{"name": "model", "in": "path", "required": true, "schema": {"type": "string"}}],
      "get": {"summary": "Whether a model answers", "responses": {
        "200": {"description": "It does", "content": {"application/json": {"schema":
          {"$ref": "#/components/schemas/ModelReady"}}}},
        "404": {"$ref": "#/components/responses/Error"},
        "503": {"description": "It is ending", "content": {"application/json": {"schema":
          {"$ref": "#/components/schemas/ModelReady"}}}}}}
    },
    "/metrics": {
      "get": {"summary": "Counters and histograms for Prometheus", "responses": {"200": {"description": "Text format 0.0.4",
        "content": {"text/plain": {"schema": {"type": "string"}}}}}}
    },
    "/openapi.json": {
      "get": {"summary": "This document", "responses": {"200": {"description": "OpenAPI 3.0", "content":
        {"application/json": {"schema": {"type": "object"}}}}}}
    }
  },
  "components": {
    "responses": {
      "Error": {"description": "What was wrong", "content": {"application/json": {"schema":
        {"$ref": "#/components/schemas/Error"}}}}
    },
    "parameters": {
      "Model": {"name": "model", "in": "query", "schema": {"type": "string"}},
      "Text": {"name": "q", "in": "query", "schema": {"type": "string", "default": ""}},
      "Limit": {"name": "limit", "in": "query", "schema":
        {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}}
    },
    "schemas": {
      "Token": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
      "Tokens": {"description": "A list of tokens, or one text with spaces between them", "oneOf": [
        {"type": "array", "items": {"$ref": "#/components/schemas/Token"}}, {"type": "string"}]},
      "Request": {
        "type": "object",
        "description": "A user, a history (oldest first), or both. A user alone has the history of the histories file",
        "properties": {
          "user": {"$ref": "#/components/schemas/Token"},
          "history": {"$ref": "#/components/schemas/Tokens"},
          "k": {"type": "integer", "minimum": 1, "default": 10},
          "exclude_seen": {"type": "boolean", "default": false},
          "exclude": {"$ref": "#/components/schemas/Tokens"},
          "candidates": {"$ref": "#/components/schemas/Tokens"}
        }
      },
      "RecommendRequest": {"allOf": [{"$ref": "#/components/schemas/Request"},
        {"type": "object", "properties": {"model": {"type": "string"}}}]},
      "RecommendRequests": {"type": "object", "required": ["requests"], "properties": {
        "model": {"type": "string"},
        "requests": {"type": "array", "items": {"$ref": "#/components/schemas/Request"}}}},
      "ScoreRequest": {"type": "object", "required": ["items"], "properties": {
        "model": {"type": "string"},
        "user": {"$ref": "#/components/schemas/Token"},
        "history": {"$ref": "#/components/schemas/Tokens"},
        "items": {"$ref": "#/components/schemas/Tokens"}}},
      "SimilarRequest": {"type": "object", "required": ["items"], "properties": {
        "model": {"type": "string"},
        "items": {"$ref": "#/components/schemas/Tokens"},
        "k": {"type": "integer", "minimum": 1, "default": 10},
        "exclude": {"$ref": "#/components/schemas/Tokens"},
        "candidates": {"$ref": "#/components/schemas/Tokens"}}},
      "SimilarItems": {"type": "object", "required": ["items"], "additionalProperties": false, "properties": {
        "items": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}},
        "unknown_items": {"type": "integer"}}},
      "Name": {"type": "object", "required": ["item"], "additionalProperties": false, "properties": {
        "item": {"type": "string"}, "title": {"type": "string"}}},
      "Items": {"type": "object", "required": ["items"], "additionalProperties": false, "properties": {
        "items": {"type": "array", "items": {"$ref": "#/components/schemas/Name"}}}},
      "Users": {"type": "object", "required": ["users"], "additionalProperties": false, "properties": {
        "users": {"type": "array", "items": {"type": "object", "required": ["user", "history"],
          "additionalProperties": false, "properties": {"user": {"type": "string"},
            "history": {"type": "array", "items": {"$ref": "#/components/schemas/Name"}}}}}}},
      "Models": {"type": "object", "required": ["models"], "additionalProperties": false, "properties": {
        "models": {"type": "array", "items": {"type": "object",
          "required": ["name", "model", "users", "items", "titles", "histories"], "additionalProperties": false,
          "properties": {"name": {"type": "string"}, "model": {"type": "string"}, "users": {"type": "integer"},
            "items": {"type": "integer"}, "titles": {"type": "boolean"}, "histories": {"type": "boolean"}}}}}},
      "Item": {"type": "object", "required": ["item", "score"], "additionalProperties": false, "properties": {
        "item": {"type": "string"}, "title": {"type": "string"}, "score": {"type": "number"}}},
      "Answer": {"type": "object", "required": ["user", "items"], "additionalProperties": false, "properties": {
        "user": {"type": "string", "nullable": true},
        "items": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}},
        "unknown_items": {"type": "integer"},
        "unknown_user": {"type": "boolean"},
        "error": {"type": "string"}}},
      "Answers": {"type": "object", "required": ["answers"], "additionalProperties": false, "properties": {
        "answers": {"type": "array", "items": {"$ref": "#/components/schemas/Answer"}}}},
      "Scores": {"type": "object", "required": ["scores"], "additionalProperties": false, "properties": {
        "scores": {"type": "array", "items": {"type": "number", "nullable": true}}}},
      "Live": {"type": "object", "required": ["live"], "properties": {"live": {"type": "boolean"}}},
      "Ready": {"type": "object", "required": ["ready"], "properties": {"ready": {"type": "boolean"}}},
      "Server": {"type": "object", "required": ["name", "version", "extensions"], "properties": {
        "name": {"type": "string"}, "version": {"type": "string"},
        "extensions": {"type": "array", "items": {"type": "string"}}}},
      "Tensor": {"type": "object", "required": ["name", "datatype", "shape"], "properties": {
        "name": {"type": "string"}, "datatype": {"type": "string"},
        "shape": {"type": "array", "items": {"type": "integer"}}}},
      "Model": {"type": "object", "required": ["name", "platform", "inputs", "outputs"], "properties": {
        "name": {"type": "string"}, "platform": {"type": "string"},
        "versions": {"type": "array", "items": {"type": "string"}},
        "inputs": {"type": "array", "items": {"$ref": "#/components/schemas/Tensor"}},
        "outputs": {"type": "array", "items": {"$ref": "#/components/schemas/Tensor"}}}},
      "ModelReady": {"type": "object", "required": ["name", "ready"], "properties": {
        "name": {"type": "string"}, "ready": {"type": "boolean"}}},
      "Error": {"type": "object", "required": ["error"], "additionalProperties": false, "properties": {
        "error": {"type": "string"}}}
    }
  }
}
)json";

}  // namespace

std::string openapi_document() {
  std::string text = kDocument;
  const std::string_view place = "VERSION";
  return text.replace(text.find(place), place.size(), SEQREC_VERSION);
}

}  // namespace seqrec::serve
